@profile:istio-end-user-auth
Feature: Before anything is authenticated
  The tutorial has three apps, each with a sidecar: a user calls customer, which calls preference, which calls
  recommendation, and the answer tells of all three. Before it turns authentication on, it has the reader make sure that
  nothing is in the way and that everybody gets through.

  It wants the namespace free of virtual services and gateways, and yet calls "$GATEWAY_URL/customer". So nothing is
  assumed here of the way to customer: users call it where its sidecar listens. What was a "policy" then is a
  RequestAuthentication, an AuthorizationPolicy or a PeerAuthentication today.

  At the time, JWT was the only way in which Istio could authenticate end users (TUT-MECH-01).

  Background:
    Given the chain "customer", "preference" and "recommendation" with a sidecar for each app

  @level:core
  Rule: The exercise starts from nothing

    @clause:TUT-PRE-01
    Scenario: The namespace holds nothing that would be in the way
      Then the namespace holds no virtual service, destination rule, gateway or policy
      And a request to "customer" with no token is admitted

  @level:core
  Rule: Nobody needs a token

    @clause:TUT-OPEN-01
    Scenario: A request without a token goes through the whole chain
      When a request to "customer" with no token is admitted
      Then the client reads "customer => preference => recommendation v1 from"

  @level:extended
  Rule: A token is not looked at

    @clause:TUT-OPEN-02
    Scenario Outline: A token that will be refused later goes through
      When a request to "customer" with a <kind> token of "testing@secure.istio.io" is admitted
      Then the client reads "customer => preference => recommendation v1 from"

      Examples:
        | kind             |
        | tutorial-invalid |
        | tampered-payload |
