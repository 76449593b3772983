@profile:charm-request-auth @level:core
Feature: Interactive login and native validation work together
  In the browser flow the external authorizer approves the session and adds a JWT to the request; the gateway validates
  that JWT like any other and maps its claims. Each of the two relations also works without the other.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: A token that the authorizer adds is validated and mapped

    @clause:CHARM-BROWSER-01
    Scenario: An approved browser request arrives with the user's identity
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      And the authorizer adds a valid token of "accounts" to approved requests
      When a request to "dashboard" with the session cookie is admitted by the authorizer
      Then the workload sees the added token's "email" in "kubeflow-userid"

    @clause:CHARM-BROWSER-02 @decision:D12
    Scenario Outline: A token that the authorizer adds gets no special treatment
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts"
      And the authorizer adds a <kind> token of "accounts" to approved requests
      Then a request to "dashboard" with the session cookie is approved by the authorizer and refused

      Examples:
        | kind               |
        | tampered-signature |
        | foreign-issuer     |

  Rule: A browser without a session is sent to the login

    @clause:CHARM-BROWSER-03
    Scenario: An interactive request without credentials gets the authorizer's answer
      Given forward-auth is active on "front"
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with no token gets the authorizer's login redirect

  Rule: Neither relation needs the other

    @clause:CHARM-ROLE-01
    Scenario: Request authentication works without forward-auth
      When "dashboard" trusts the issuer "accounts"
      Then no policy hands requests of "front" to an external authorizer
      And a request to "dashboard" with no token is refused
      And a request to "dashboard" with a valid token of "accounts" is admitted

    @clause:CHARM-ROLE-02
    Scenario: forward-auth alone creates neither resource
      When forward-auth becomes active on "front"
      Then no RequestAuthentication targets "front"
      And no policy demands a JWT on "front"
      And a request to "dashboard" with the session cookie is admitted by the authorizer
