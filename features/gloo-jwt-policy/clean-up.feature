@profile:gloo-jwt-policy
Feature: Cleaning up
  At its end the guide deletes the table first and then the policy. To tell what each of the two does, they go one at a time
  here.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"

  @level:core
  Rule: Without the policy nothing of it is left
    That no token is needed any more is told in features/shared, as it is of the other documents.

    @clause:GLOO-CLEAN-01
    Scenario: No claim is handed on
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And the workload sees "internal" in "X-Org"
      When the JWT policy "jwt-policy" is deleted
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And the workload sees no header with a claim of the token

  @level:extended
  Rule: Without the table there is no route

    @clause:GLOO-CLEAN-02
    Scenario: The host leads nowhere, and httpbin itself is still there
      Given a request to "httpbin-mesh" with no token is admitted
      When the route table with "httpbin-mesh" is deleted
      Then what went on "httpbin-mesh" finds no route, while a direct call to "httpbin" is admitted
