@profile:gloo-jwt-policy @level:extended
Feature: When a token is checked
  A policy says whether it is checked before the external authorization, with preAuthz, or after it, with postAuthz, and with
  a priority in which order policies of the same phase run. Two policies on one route never run both, so that the order is
  seen where one is for the route and one for its destination: each looks into a header of its own, and the first one to run
  gives the answer.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"

  Rule: Before the authorization a bad token does not get as far as the authorizer

    @clause:GLOO-PHASE-01
    Scenario Outline: The authorizer is not asked about an invalid token
      Given the authorizer decides about the routes labelled "route: httpbin"
      And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      When a request to "httpbin-mesh" with <credentials> gets 401
      Then the client is told "<words>"
      And a request to "httpbin-mesh" with the session cookie gets 401
      And the authorizer has not been asked about it

      Examples:
        | credentials                                                                       | words                  |
        | no token                                                                          | Jwt is missing         |
        | a tampered-payload token of "https://dev.example.com" in "X-Auth" after "Bearer " | Jwt verification fails |

    @clause:GLOO-PHASE-01
    Scenario: The authorizer sees the claims that were put into headers
      Given the authorizer decides about the routes labelled "route: httpbin"
      And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      When a request to "httpbin-mesh" with the session cookie and a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted by the authorizer
      Then the authorizer has seen "internal" in "X-Org"

  Rule: After the authorization the token may come from the authorizer

    @clause:GLOO-PHASE-02
    Scenario: Whom the authorizer does not let pass gets its answer and none about the token
      Given the authorizer decides about the routes labelled "route: httpbin"
      And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        phase: postAuthz
        """
      Then a request to "httpbin-mesh" with a tampered-payload token of "https://dev.example.com" in "X-Auth" after "Bearer " gets the authorizer's login redirect
      And a request to "httpbin-mesh" with the session cookie gets 401

    @clause:GLOO-PHASE-02
    Scenario: A token that the authorizer adds is checked, and its claims are handed on
      Given the authorizer adds a developer token of "https://dev.example.com" to approved requests
      And the authorizer decides about the routes labelled "route: httpbin"
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        phase: postAuthz
        headers: {}
        query: []
        """
      Then a request to "httpbin-mesh" with the session cookie is admitted by the authorizer
      And the workload sees "internal" in "X-Org"

  Rule: In one phase the lowest priority runs first

    @clause:GLOO-PHASE-03 @decision:D23
    Scenario Outline: The answer is that of the policy with the lower number
      Given the JWT policy "on-the-route" protects the routes labelled "route: httpbin" with
        """
        phase: <phase>
        priority: <route>
        """
      And the JWT policy "on-the-destination" protects the destination "httpbin" with
        """
        phase: <phase>
        priority: <destination>
        headers: {X-Other: "Bearer "}
        query: []
        """
      When a request to "httpbin-mesh" with an expired token of "https://dev.example.com" in "X-Other" after "Bearer " gets 401
      Then the client is told "<words>"

      Examples:
        | first to run                   | phase     | route | destination | words          |
        | route, before authorization    | preAuthz  | 1     | 2           | Jwt is missing |
        | destination, before            | preAuthz  | 2     | 1           | Jwt is expired |
        | route, after authorization     | postAuthz | 1     | 2           | Jwt is missing |
        | destination, after             | postAuthz | 10    | 9           | Jwt is expired |

  Rule: Without a priority it is zero

    @clause:GLOO-PHASE-04 @decision:D23
    Scenario Outline: A policy without a priority runs between minus one and one
      Given the JWT policy "on-the-route" protects the routes labelled "route: httpbin"
      And the JWT policy "on-the-destination" protects the destination "httpbin" with
        """
        priority: <priority>
        headers: {X-Other: "Bearer "}
        query: []
        """
      When a request to "httpbin-mesh" with an expired token of "https://dev.example.com" in "X-Other" after "Bearer " gets 401
      Then the client is told "<words>"

      Examples:
        | first to run | priority | words          |
        | route        | 1        | Jwt is missing |
        | destination  | -1       | Jwt is expired |
