@profile:charm-request-auth @level:core
Feature: Separate gateways keep applications apart
  Applications that must not share issuers, or must not be asked for tokens at all, are put behind gateways of their own.
  Two gateways in one namespace are enough for that.

  Background:
    Given a gateway "front" serving "dashboard"
    And a gateway "side" serving "billing"

  Rule: Trust stays on the gateway it was given to

    @clause:CHARM-ISOLATE-01
    Scenario: A token that one gateway trusts is refused by the other
      Given "dashboard" trusts the issuer "accounts"
      And "billing" trusts the issuer "partners"
      Then a request to "dashboard" with a valid token of "accounts" is admitted
      And a request to "billing" with a valid token of "partners" is admitted
      And a request to "billing" with a valid token of "accounts" is refused
      And a request to "dashboard" with a valid token of "partners" is refused

  Rule: A requirement stays on the gateway that it was made for

    @clause:CHARM-ISOLATE-02
    Scenario: A gateway without related applications is unaffected
      When "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with no token is refused
      And a request to "billing" with no token is admitted
      And no policy demands a JWT on "side"
