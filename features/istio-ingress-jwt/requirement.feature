@profile:istio-ingress-jwt
Feature: An ALLOW policy lets only holders of a valid token in
  With both policies on the ingress gateway, a client gets to the backend with a valid token of the trusted issuer, and in
  no other way. Without a token the answer is 403 Forbidden, with one it is 200 OK.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"
    And a request to "backend" with no token is admitted
    And a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
    And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"

  @level:core
  Rule: With a token the answer is 200, without one it is 403

    @clause:ISTIO-NOTOKEN-01 @clause:ISTIO-GOAL-01 @clause:ISTIO-BEFORE-01
    Scenario: Without a token the gateway answers 403 Forbidden
      Then a request to "backend" with no token gets 403

    @clause:ISTIO-VALIDTOKEN-01 @clause:ISTIO-ALLOW-01
    Scenario: With a valid token of the issuer the backend answers
      Then a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      And a request to "backend" with no token gets 403

  @level:core
  Rule: The backend can only be reached with a valid token

    @clause:ISTIO-FLOW-01
    Scenario Outline: The ingress gateway is where the token is checked
      When a request to "backend" with <credentials> gets <status>
      Then "backend" has been asked nothing: the gateway itself has refused

      Examples:
        | credentials                                              | status |
        | no token                                                 | 403    |
        | a tampered-payload token of "testing@secure.istio.io"    | 401    |

  @level:core
  Rule: What the policy does not match is denied

    @clause:ISTIO-ALLOW-04
    Scenario Outline: Without a token every path and every method is forbidden
      Then a <method> request to "<path>" of "backend" with no token gets 403

      Examples:
        | method  | path            |
        | GET     | /               |
        | PATCH   | /headers?a=b    |
        | POST    | /orders/7       |
        | DELETE  | /healthz        |
        | HEAD    | /               |
        | OPTIONS | /               |
        | PUT     | /.well-known/me |

    @clause:ISTIO-ALLOW-04
    Scenario: The scheme Bearer with nothing behind it is no token
      Then a request to "backend" with the header "Authorization: Bearer" gets 403

  @level:extended
  Rule: A bad token is told from a missing one

    @clause:ISTIO-ALLOW-05
    Scenario Outline: An invalid token is answered 401 with a challenge
      When a request to "backend" with a <kind> token of "testing@secure.istio.io" gets 401
      Then the client is challenged for a Bearer token with the error "invalid_token"

      Examples:
        | kind               |
        | expired            |
        | tampered-signature |
        | foreign-issuer     |
        | not-a-jwt          |

    @clause:ISTIO-ALLOW-05
    Scenario: A missing token is answered 403 and a word about access
      When a request to "backend" with no token gets 403
      Then the client is told "RBAC: access denied"
