@profile:gloo-jwt-policy
Feature: Which requests a policy is about
  A policy selects routes by the labels that they have inside their table, or destinations. What is not selected stays as it
  was. The guide labels the route and its table alike; here the two differ, so that it shows which of them counts.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And the mesh route "docs-mesh" to "httpbin" is labelled "route: docs"
    And the mesh route "plain-mesh" to "httpbin" has no label
    And a request to every app with no token is admitted

  @level:core
  Rule: A policy is for the routes with its labels

    @clause:GLOO-ROUTE-01 @clause:GLOO-LEVEL-01
    Scenario: The labelled route needs a token
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "httpbin-mesh" with no token gets 401
      And a request to "docs-mesh" with no token is admitted

    @clause:GLOO-ROUTE-01 @decision:D24
    Scenario: The labels of the table itself select nothing
      Given the route table of "httpbin" itself is labelled "route: httpbin"
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "httpbin-mesh" with no token gets 401
      And a request to "plain-mesh" with no token is admitted

    @clause:GLOO-ROUTE-02
    Scenario: Other routes of the same table stay as they are
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "docs-mesh" with no token is admitted
      And a request to "docs-mesh" with an expired token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "plain-mesh" with no token is admitted
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: A policy without a selector is for all routes of its workspace

    @clause:GLOO-ROUTE-03 @decision:D18
    Scenario: Every route needs a token, labelled or not
      The vendor's API reference says the opposite, that such a policy is for no route.
      When the JWT policy "jwt-policy" of the workspace "bookinfo" has no selector
      Then a request to every app with no token gets 401
      And a request to every app with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted

  @level:extended
  Rule: Another workspace is none of its business

    @clause:GLOO-ROUTE-04
    Scenario: A route of another workspace stays open
      Given a workspace "partners" in which "curl" calls "orders"
      And the mesh route "orders-mesh" to "orders" is labelled "route: httpbin"
      When the JWT policy "jwt-policy" of the workspace "bookinfo" has no selector
      Then a request to "orders-mesh" with no token is admitted
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: A policy can be for a destination, however it is reached

    @clause:GLOO-LEVEL-01
    Scenario: Every way to the destination needs a token
      Given the app "reviews" is in the workspace "bookinfo" too
      And the mesh route "reviews-mesh" to "reviews" is labelled "route: reviews"
      When the JWT policy "jwt-policy" protects the destination "httpbin"
      Then a request to "httpbin-mesh" with no token gets 401
      And a request to "docs-mesh" with no token gets 401
      And a direct call to "httpbin" with no token gets 401
      And a request to "reviews-mesh" with no token is admitted

  @level:extended
  Rule: A destination is a selector too

    @clause:GLOO-ROUTE-05
    Scenario: A policy for a destination is not for all routes as well
      Given the app "reviews" is in the workspace "bookinfo" too
      And the mesh route "reviews-mesh" to "reviews" is labelled "route: httpbin"
      When the JWT policy "jwt-policy" protects the destination "httpbin"
      Then a request to "reviews-mesh" with no token is admitted
      And a request to "httpbin-mesh" with no token gets 401
