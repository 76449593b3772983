@profile:gloo-jwt-policy @level:core
Feature: A JWT policy on a mesh route

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And a request to "httpbin-mesh" with no token is admitted
    And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"

  Rule: Without a token the answer is 401

    @clause:GLOO-DENY-01
    Scenario: A request without a token is denied
      Then a request to "httpbin-mesh" with no token gets 401

    @clause:GLOO-OK-01
    Scenario: A request with a token
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted
      Then the workload sees "internal" in "X-Org"
      And the workload sees "dev1@solo.io" in "X-Email"
      And the workload sees no query parameter
