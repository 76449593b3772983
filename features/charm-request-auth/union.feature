@profile:charm-request-auth @level:core
Feature: Several applications on the same gateway
  Validation belongs to the gateway and not to a route, so the gateway trusts the union of the issuers of all related
  applications, while each application's rules stay in a resource of their own.

  Background:
    Given a gateway "front" serving "dashboard", "notebooks" and "catalogue"

  Rule: Every related application has a RequestAuthentication of its own

    @clause:CHARM-MULTI-01
    Scenario: Three applications integrate with one gateway
      When "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      And "catalogue" trusts the issuer "suppliers"
      Then 3 RequestAuthentications target "front"
      And "front" is active

    @clause:CHARM-MULTI-02 @clause:CHARM-NAME-01
    Scenario: Each application's resource carries that application's name
      When "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      Then the RequestAuthentication "request-auth-dashboard-front" exists
      And the RequestAuthentication "request-auth-notebooks-front" exists

    @clause:CHARM-MULTI-03
    Scenario: Each resource is built only from the rules of its own application
      When "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      Then the resource that trusts "accounts" trusts no other issuer
      And the resource that trusts "partners" trusts no other issuer

    @clause:CHARM-MULTI-03
    Scenario: A change by one application leaves the other's resource untouched
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      And an operator has read the resource that trusts "accounts"
      When "notebooks" trusts the issuer "suppliers" instead
      Then the operator reads the same resource as before
      And the resource that trusts "suppliers" trusts no other issuer

  Rule: The gateway trusts the union of all issuers

    @clause:CHARM-UNION-01
    Scenario: The tokens of both applications' issuers are accepted
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      Then a request to "dashboard" with a valid token of "accounts" is admitted
      And a request to "notebooks" with a valid token of "partners" is admitted

    @clause:CHARM-UNION-02
    Scenario: A token for one application is accepted on the routes of the others
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      Then a request to "notebooks" with a valid token of "accounts" is admitted
      And a request to "dashboard" with a valid token of "partners" is admitted
      And a request to "catalogue" with a valid token of "accounts" is admitted
      And a request to "catalogue" with a valid token of "partners" is admitted

    @clause:CHARM-UNION-03
    Scenario: A token of an issuer that no application trusts is refused on every route
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      Then a request to every app with a valid token of "strangers" is refused

  Rule: One DENY policy serves the whole gateway

    @clause:CHARM-SINGLE-01
    Scenario: There is exactly one DENY policy, however many applications are related
      When "dashboard" trusts the issuer "accounts"
      Then exactly one DENY policy targets "front"
      When "notebooks" trusts the issuer "partners"
      And "catalogue" publishes nothing
      Then exactly one DENY policy targets "front"
