@profile:charm-request-auth @level:core
Feature: Enabling request authentication affects the whole gateway
  Both resources target the entire gateway. Applications that share it are subject to them, whether they asked or not:
  "catalogue" never integrates in any of these scenarios.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: Validation applies to every route

    @clause:CHARM-SCOPE-01
    Scenario Outline: An invalid token is refused on the route of an application that never opted in
      Given "dashboard" trusts the issuer "accounts"
      Then a request to "catalogue" with a <kind> token of "accounts" is refused

      Examples:
        | kind               |
        | expired            |
        | tampered-signature |
        | foreign-issuer     |

  Rule: The requirement applies to every route as soon as one application enables it

    @clause:CHARM-SCOPE-02 @clause:CHARM-SINGLE-03
    Scenario: A route that was open demands a token once another application integrates
      Given a request to "catalogue" with no token is admitted
      When "dashboard" trusts the issuer "accounts"
      Then a request to "catalogue" with no token is refused
      And a request to "catalogue" with a valid token of "accounts" is admitted

  Rule: Claim headers arrive on every route

    @clause:CHARM-SCOPE-03
    Scenario: An application that never opted in sees the mapped identity header
      Given "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      When a request to "catalogue" with a valid token of "accounts" is admitted
      Then the workload sees the token's "email" in "kubeflow-userid"
