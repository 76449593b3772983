@profile:charm-request-auth @level:extended
Feature: Who decides beside an external authorizer
  With both relations a Bearer token is the gateway's business and everything else the authorizer's. Alone, or as long
  as it has not said where it decides, the authorizer changes nothing about that which would open the gateway.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And a request to every app with no token is admitted

  Rule: Without request authentication the authorizer decides on every request

    @clause:CHARM-ROLE-04
    Scenario: A Bearer token does not exempt from the login
      When forward-auth becomes active on "front"
      Then a request to every app with a valid token of "accounts" gets the authorizer's login redirect

  Rule: A valid Bearer token needs no consent of the authorizer

    @clause:CHARM-BEARER-05 @decision:D13
    Scenario: The authorizer is not asked about a valid Bearer token
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the authorizer has not been asked about it

  Rule: Bearer is the first word of the header, followed by a space

    @clause:CHARM-BEARER-07 @decision:D6
    Scenario: What only resembles a Bearer token is the authorizer's decision
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with a not-a-jwt token of "accounts" is refused
      And a request to "dashboard" with the header "Authorization: Bearerx" gets the authorizer's login redirect
      And a request to "dashboard" with the header "Authorization: Basic Bearer x" gets the authorizer's login redirect
      And a request to "dashboard" with the header "Authorization: Bearer" gets the authorizer's login redirect
      And a request to "dashboard" with a valid token of "accounts" in "Authorization" after "bearer " is kept out, whoever answers

  Rule: forward-auth is active once its provider has said where it decides

    @clause:CHARM-BEARER-08 @decision:D11
    Scenario: The requirement is not narrowed before there is anybody to ask
      Given "dashboard" trusts the issuer "accounts"
      When forward-auth is related to "front" and has not said where it decides
      Then no policy on "front" demands a JWT of Bearer requests only
      And a request to every app with no token reaches no workload
      When forward-auth becomes active on "front"
      Then the policy that demands a JWT on "front" covers Bearer requests only
      And a request to every app with no token gets the authorizer's login redirect

  Rule: A route without a login is not a route without the gateway's rules

    @clause:CHARM-SCOPE-07 @decision:D2
    Scenario: A route without a login demands a JWT, and beside forward-auth a valid one of who brings any
      Given "front" begins to serve "status" without a login
      And a request to "status" with no token is admitted
      When "dashboard" publishes nothing
      Then a request to "status" with no token is refused
      When forward-auth becomes active on "front"
      Then a request to "status" with no token is admitted
      And the authorizer has not been asked about it
      And a request to "status" with a not-a-jwt token of "accounts" is refused
