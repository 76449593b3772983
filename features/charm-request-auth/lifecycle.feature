@profile:charm-request-auth @level:core
Feature: The requirement comes and goes with the applications
  The gateway demands a JWT from the first application's integration to the last one's departure, and at no other time.

  Background:
    Given a gateway "front" serving "dashboard", "notebooks" and "catalogue"

  Rule: Before any application is related the gateway is open

    @clause:CHARM-CREATE-02
    Scenario: A gateway that nobody integrated with demands nothing
      Then no RequestAuthentication targets "front"
      And no policy demands a JWT on "front"
      And a request to every app with no token is admitted
      And a request to every app with a not-a-jwt token of "accounts" is admitted

  Rule: An application that leaves takes its own trust along and nothing else

    @clause:CHARM-REMOVE-01
    Scenario: The leaving application's issuer is no longer trusted
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      And a request to "catalogue" with a valid token of "accounts" is admitted
      When "dashboard" ends its relation
      Then no RequestAuthentication trusts "accounts"
      And a request to every app with a valid token of "accounts" is refused

    @clause:CHARM-REMOVE-02
    Scenario: The requirement and the other issuers stay
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      When "dashboard" ends its relation
      Then the policy that demands a JWT on "front" covers all requests
      And a request to every app with a valid token of "partners" is admitted
      And a request to every app with no token is refused

  Rule: The last application to leave opens the gateway again

    @clause:CHARM-REMOVE-03
    Scenario: Nothing is left behind after the last relation
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      And a request to every app with no token is refused
      When "notebooks" ends its relation
      And "dashboard" ends its relation
      Then no RequestAuthentication targets "front"
      And no policy demands a JWT on "front"
      And a request to every app with no token is admitted
