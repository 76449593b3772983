@profile:charm-request-auth
Feature: Tokens are validated at the gateway
  A gateway that knows which issuers to trust checks every token itself, before it forwards anything. A workload behind
  it never has to verify a signature, and never meets a token that would not have verified.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And "dashboard" trusts the issuer "accounts"

  @level:core
  Rule: A valid token of a trusted issuer passes

    @clause:CHARM-VALIDATE-01 @clause:CHARM-DENY-04
    Scenario: A valid token reaches the workload behind the route
      Then a request to "dashboard" with a valid token of "accounts" is admitted

  @level:core
  Rule: A token whose signature does not verify is refused

    @clause:CHARM-VALIDATE-02 @clause:CHARM-DENY-03 @decision:D1
    Scenario Outline: A token with a forged part is refused
      Then a request to "dashboard" with a <kind> token of "accounts" is refused

      Examples:
        | kind               |
        | tampered-payload   |
        | tampered-signature |

  @level:core
  Rule: A token of an issuer that nobody trusts is refused

    @clause:CHARM-VALIDATE-03 @clause:CHARM-DENY-03 @decision:D1
    Scenario: A well-signed token that names another issuer is refused
      The token carries the signature of the trusted key: its issuer is all that is wrong with it.
      Then a request to "dashboard" with a foreign-issuer token of "accounts" is refused

  @level:core
  Rule: A token outside its validity period is refused

    @clause:CHARM-VALIDATE-04 @clause:CHARM-DENY-03 @decision:D1
    Scenario Outline: A token that is not valid now is refused
      Both lie minutes away from now, far outside the clock skew that a gateway may allow.
      Then a request to "dashboard" with a <kind> token of "accounts" is refused

      Examples:
        | kind          |
        | expired       |
        | not-yet-valid |

  @level:core
  Rule: Validation takes place before anything is forwarded

    @clause:CHARM-VALIDATE-05 @clause:CHARM-DENY-03
    Scenario: No refused request ever reaches a workload
      When every documented kind of invalid token of "accounts" is sent to every app
      Then each of these requests is refused and no workload has received any
      And a request to every app with a valid token of "accounts" is admitted
