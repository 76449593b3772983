@profile:charm-request-auth @level:extended
Feature: What does not count as authentication
  Only a JWT of a trusted issuer makes a principal, and a principal is an issuer and a subject. Whatever else a request
  carries is treated like nothing at all.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And a request to every app with no token is admitted

  Rule: A Bearer value that is no signed JWT is refused

    @clause:CHARM-VALIDATE-06
    Scenario Outline: A Bearer value that is no signed JWT gets past neither with rules nor without
      Given "dashboard" trusts the issuer "accounts"
      And a request to every app with a <kind> token of "accounts" is refused
      When "dashboard" publishes nothing
      Then a request to every app with a <kind> token of "accounts" is refused

      Examples:
        | kind                      |
        | not-a-jwt                 |
        | two-segments              |
        | four-segments             |
        | undecodable-header        |
        | payload-not-json          |
        | alg-none                  |
        | hs256-with-the-public-key |

    @clause:CHARM-VALIDATE-06
    Scenario: The scheme Bearer with nothing behind it is refused
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with the header "Authorization: Bearer" is refused

  Rule: Credentials of another kind do not take the place of a token

    @clause:CHARM-DENY-05 @decision:D1
    Scenario Outline: Other credentials are refused
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with <credentials> is refused

      Examples:
        | case           | credentials                                                           |
        | basic          | a not-a-jwt token of "accounts" in "Authorization" after "Basic "     |
        | unknown scheme | the header "Authorization: Hawk id=alice"                             |
        | cookie         | the session cookie                                                    |

  Rule: A token without a subject makes no principal

    @clause:CHARM-DENY-06 @decision:D5
    Scenario Outline: A valid token that names no subject is refused
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with <token> token of "accounts" is refused

      Examples:
        | case             | token            |
        | no subject       | a no-subject     |
        | an empty subject | an empty-subject |
