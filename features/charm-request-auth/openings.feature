@profile:charm-request-auth @level:extended
Feature: Requests that nobody can validate while a gateway changes
  They come without a pause, with no token and with bad ones. Where the gateway keeps them out before a change and after
  it, none gets through on the way.

  Rule: A gateway that is closed before and after a change is closed on the way

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: An application comes, breaks its rules and leaves beside forward-auth
      Given each call of the implementation to the Kubernetes API waits until the one before shows at the gateway
      And a gateway "front" serving "dashboard" and "catalogue"
      And forward-auth is active on "front"
      And requests that nobody can validate go to "front" all the time
      When "dashboard" trusts the issuer "accounts"
      And "dashboard" ends its relation
      Then none of them gets through where the gateway is closed before and after
