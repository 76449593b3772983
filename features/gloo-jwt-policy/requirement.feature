@profile:gloo-jwt-policy
Feature: A route that needs a token
  The guide makes a route to httpbin for the workloads inside the mesh, finds it open, and protects it with a JWT policy.
  From then on a request without a token is denied with 401, and one with a valid token reaches httpbin.

  The guide presumes a management cluster with two workload clusters, a workspace and the sample apps (GLOO-PRE-02); here
  the environment has a mesh, and every scenario a workspace of its own. With version 2.5 the product needs its feature gate
  EnableJWTPolicyEastWestRoute for such routes (GLOO-PRE-01). The guide advises policies on routes for what comes in at the
  gateway and on destinations for what stays inside the mesh, and then protects a route inside the mesh (GLOO-PLACE-01).

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And a request to "httpbin-mesh" with no token is admitted
    And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"

  @level:core
  Rule: Without a token the request is denied

    @clause:GLOO-DENY-01
    Scenario: The answer is 401 Unauthorized
      Then a request to "httpbin-mesh" with no token gets 401

    @clause:GLOO-DENY-01
    Scenario Outline: Whatever the request asks for
      The guide itself only gets one path.
      Then a <method> request to "<path>" of "httpbin-mesh" with no token gets 401

      Examples:
        | method  | path            |
        | POST    | /post           |
        | HEAD    | /get            |
        | OPTIONS | /get            |
        | GET     | /get?a=b        |
        | DELETE  | /anything/7/now |

    @clause:GLOO-DENY-02
    Scenario Outline: The client is told for which URL it needs a token
      When a request for "<path>" on "httpbin-mesh" with no token gets 401
      Then the client is challenged for a Bearer token for the URL that it asked for

      Examples:
        | path            |
        | /get            |
        | /anything?a=b&c |

    @clause:GLOO-DENY-03
    Scenario: The client is told that the token is missing
      When a request to "httpbin-mesh" with no token gets 401
      Then the client is told "Jwt is missing"

  @level:core
  Rule: With a valid token the request is accepted

    @clause:GLOO-OK-01 @clause:GLOO-TOKEN-02
    Scenario: A token in the query parameter leads to httpbin
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted
      And a request to "httpbin-mesh" with no token gets 401

    @clause:GLOO-OK-02
    Scenario: Httpbin is told who the developer is
      The sample output shows a Host that no client can send, www.example.com/get, which nobody expects here (GLOO-DOC-01).
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted
      Then the workload sees "dev1@solo.io" in "X-Email"
      And the workload sees "internal" in "X-Org"

  @level:extended
  Rule: A token that is not valid is denied too

    @clause:GLOO-DENY-04
    Scenario Outline: The answer tells an invalid token from a missing one
      When a request to "httpbin-mesh" with a <kind> token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401
      Then the client is challenged for a Bearer token with the error "invalid_token"
      And the client is told "<words>"

      Examples:
        | kind             | words                  |
        | expired          | Jwt is expired         |
        | tampered-payload | Jwt verification fails |
        | foreign-key      | Jwt verification fails |

  @level:extended
  Rule: The token does not travel on

    @clause:GLOO-OK-03 @decision:D22
    Scenario: The query parameter with the token does not reach httpbin
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted
      Then the workload sees no query parameter

    @clause:GLOO-OK-03 @decision:D22
    Scenario: Nor does the header
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees no "X-Auth" header
