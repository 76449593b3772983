@profile:charm-request-auth @level:extended
Feature: A gateway does not open while it changes
  Each write to a policy takes effect by itself. What closes is written before what opens, so that a request without a
  validated principal finds no gap between two states that both keep it out.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: The writes of a change leave no gap

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: An application comes, breaks its rules and leaves beside forward-auth
      Given forward-auth is active on "front"
      And every write to the policies of "front" is watched
      When "dashboard" trusts the issuer "accounts"
      And "dashboard" publishes the text "not json"
      And "dashboard" ends its relation
      Then no write has opened the gateway on the way

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: forward-auth comes and goes beside a related application
      Given "dashboard" trusts the issuer "accounts"
      And every write to the policies of "front" is watched
      When forward-auth becomes active on "front"
      And forward-auth is removed from "front"
      Then no write has opened the gateway on the way

    @clause:CHARM-ORDER-01 @decision:D14
    Scenario: A second application comes and leaves
      Given every write to the policies of "front" is watched
      When "dashboard" trusts the issuer "accounts"
      And "catalogue" trusts the issuer "partners"
      And "catalogue" ends its relation
      Then no write has opened the gateway on the way
