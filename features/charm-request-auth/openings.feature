@profile:charm-request-auth @level:extended
Feature: Requests that nobody can validate while a gateway changes
  They come without a pause, with no token and with bad ones. Where the gateway keeps them out before a change and after
  it, none gets through on the way. A control plane gathers the writes of a change, which hides their order where they
  come fast; here each has taken effect before the next is made.

  Background:
    Given each call of the implementation to the Kubernetes API waits until the one before shows at the gateway
    And a gateway "front" serving "dashboard" and "catalogue"

  Rule: A gateway that is closed before and after a change is closed on the way

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: Applications come, change their rules and go beside forward-auth
      Given forward-auth is active on "front"
      And requests that nobody can validate go to "front" all the time
      When "dashboard" trusts the issuer "accounts"
      And "catalogue" trusts the issuer "partners"
      And "dashboard" trusts the issuer "partners" instead
      And "catalogue" ends its relation
      Then none of them gets through where the gateway is closed before and after

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: Rules come broken, are refused by Kubernetes, are mended and go
      Given forward-auth is active on "front"
      And requests that nobody can validate go to "front" all the time
      When "dashboard" publishes the text "not json"
      And "dashboard" publishes the text "[{"issuer": "${accounts.issuer}", "jwks_uri": "ftp://accounts.example.test"}]"
      And "dashboard" trusts the issuer "accounts"
      And "dashboard" ends its relation
      Then none of them gets through where the gateway is closed before and after

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: forward-auth comes and goes beside related applications
      Given "dashboard" trusts the issuer "accounts"
      And requests that nobody can validate go to "front" all the time
      When forward-auth becomes active on "front"
      And "catalogue" publishes the text "not json"
      And forward-auth is removed from "front"
      Then none of them gets through where the gateway is closed before and after
