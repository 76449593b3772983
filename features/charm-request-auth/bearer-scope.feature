@profile:charm-request-auth @level:core
Feature: While forward-auth is active the requirement covers Bearer requests only
  forward-auth sends browsers through an external authorizer. The DENY policy then leaves everything that carries no
  Bearer token to that authorizer, and still refuses every Bearer token that does not validate.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: The DENY applies to requests that carry a Bearer token

    @clause:CHARM-BEARER-01
    Scenario: The policy is scoped to Bearer requests
      Given forward-auth is active on "front"
      When "dashboard" trusts the issuer "accounts"
      Then the policy that demands a JWT on "front" covers Bearer requests only

  Rule: Everything else is the authorizer's decision

    @clause:CHARM-BEARER-02
    Scenario: A request without a Bearer token is decided by the authorizer
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with no token gets the authorizer's login redirect
      And a request to "dashboard" with the session cookie is admitted by the authorizer

    @clause:CHARM-SINGLE-04
    Scenario: An application that never opted in shares the Bearer requirement and nothing more
      Given forward-auth is active on "front"
      When "dashboard" publishes nothing
      Then a request to "catalogue" with the session cookie is admitted by the authorizer
      And a request to "catalogue" with the session cookie and a valid token of "accounts" is refused

  Rule: A Bearer token that does not validate is refused, whatever else the request carries

    @clause:CHARM-BEARER-03
    Scenario Outline: An approved session does not rescue an invalid Bearer token
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      Then a policy demands a JWT on "front"
      And a request to every app with the session cookie and a <kind> token of "accounts" is refused

      Examples:
        | kind           |
        | expired        |
        | foreign-issuer |
        | not-a-jwt      |

    @clause:CHARM-BEARER-02 @clause:CHARM-BEARER-03
    Scenario: An approved session passes alone, but does not rescue a Bearer token, when no application has valid rules
      Given forward-auth is active on "front"
      When "dashboard" publishes the text "not json"
      Then a request to "dashboard" with the session cookie is admitted by the authorizer
      And a request to every app with the session cookie and a valid token of "accounts" is refused

    @clause:CHARM-BEARER-03
    Scenario: An approved session does not rescue a Bearer token that no rule looks for
      The rules take tokens from another header, so only the DENY policy stands between the Bearer value and the workload.
      Given forward-auth is active on "front"
      And "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "from_headers": [{"name": "X-Jwt"}]
        }]
        """
      Then a request to every app with the session cookie and an expired token of "accounts" is refused

  Rule: A valid Bearer token needs no session

    @clause:CHARM-BEARER-04
    Scenario: A valid Bearer token passes and its claims are mapped
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the workload sees the token's "email" in "kubeflow-userid"

  Rule: The scope follows forward-auth's life cycle

    @clause:CHARM-BEARER-06
    Scenario: The scope narrows when forward-auth becomes active and widens when it goes away
      Given "dashboard" trusts the issuer "accounts"
      And a request to every app with no token is refused
      When forward-auth becomes active on "front"
      Then the policy that demands a JWT on "front" covers Bearer requests only
      And a request to every app with no token gets the authorizer's login redirect
      When forward-auth is removed from "front"
      Then the policy that demands a JWT on "front" covers all requests
      And a request to every app with no token is refused

    @clause:CHARM-BEARER-06
    Scenario: The order in which the two relations are made does not matter
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      And the policy that demands a JWT on "front" covers Bearer requests only
      When forward-auth is removed from "front"
      Then the policy that demands a JWT on "front" covers all requests
      And a request to every app with the session cookie is refused
