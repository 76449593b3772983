@profile:gloo-jwt-policy
Feature: Where the token is looked for
  The guide's policy looks into the header X-Auth, behind the prefix "Bearer ", and into the query parameter auth_token. It
  calls the first one a default as well (GLOO-TOKEN-07), which the product's own reference does not: without a setting that
  is Authorization.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"

  @level:core
  Rule: The configured header
    The guide itself tries the query parameter only. That a token is accepted from X-Auth, and only if it is valid, is told in
    features/shared, as it is of the other documents.

    @clause:GLOO-TOKEN-05
    Scenario Outline: Without the configured prefix the header holds no token
      Then a request to "httpbin-mesh" with <credentials> gets 401
      And the client is told "Jwt is missing"

      Examples:
        | credentials                                                                |
        | a developer token of "https://dev.example.com" in "X-Auth"                 |
        | a developer token of "https://dev.example.com" in "X-Auth" after "Token "  |
        | a developer token of "https://dev.example.com" in "X-Auth" after "bearer " |

    @clause:GLOO-TOKEN-05
    Scenario: A prefix of one's own is taken off before the token is read
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        headers: {X-Auth: "Token "}
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Token " is admitted
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401

  @level:core
  Rule: The configured query parameter

    @clause:GLOO-TOKEN-02
    Scenario: The token is accepted from auth_token
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted
      And a request to "httpbin-mesh" with a tampered-payload token of "https://dev.example.com" in the query parameter "auth_token" gets 401

  @level:core
  Rule: Tokens in both places must both be valid

    @clause:GLOO-TOKEN-03
    Scenario: Two valid tokens are accepted
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " and a developer token of "https://dev.example.com" in the query parameter "auth_token" is admitted

    @clause:GLOO-TOKEN-03
    Scenario Outline: One invalid token is enough to be denied
      Then a request to "httpbin-mesh" with a <first> token of "https://dev.example.com" in "X-Auth" after "Bearer " and a <second> token of "https://dev.example.com" in the query parameter "auth_token" gets 401

      Examples:
        | what is wrong         | first              | second             |
        | tampered in the query | developer          | tampered-signature |
        | tampered in X-Auth    | tampered-signature | developer          |
        | expired in the query  | developer          | expired            |
        | expired in X-Auth     | expired            | developer          |
        | both                  | expired            | tampered-signature |

  @level:core
  Rule: A token anywhere else does not count

    @clause:GLOO-TOKEN-04
    Scenario: Configured places replace the Authorization header
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" gets 401
      Then the client is told "Jwt is missing"

    @clause:GLOO-TOKEN-04 @clause:GLOO-TOKEN-08
    Scenario: A configured query parameter replaces access_token
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "access_token" gets 401
      Then the client is told "Jwt is missing"

    @clause:GLOO-TOKEN-08
    Scenario: With nothing configured access_token is read
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        headers: {}
        query: []
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "access_token" is admitted
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "auth_token" gets 401

  @level:extended
  Rule: With nothing configured the default places are read
    The header is tried first. Nobody outside can see that, since a token in the other place has to be valid all the same.

    @clause:GLOO-TOKEN-06 @decision:D19
    Scenario: The header Authorization and the query parameter access_token
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        headers: {}
        query: []
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "Authorization" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in the query parameter "access_token" is admitted
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Token" after "Bearer " gets 401
