@profile:charm-request-auth @level:core
Feature: The resources that the ingress creates, their names and their place
  When an application has published valid rules, the ingress creates two resources on its behalf. An operator must be
  able to find them by name: one carries the application's name, the other one the ingress's.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: One RequestAuthentication for the application and one DENY policy for the gateway

    @clause:CHARM-CREATE-01 @clause:CHARM-NAME-01 @clause:CHARM-NAME-02
    Scenario: Publishing valid rules creates both resources under their documented names
      When "dashboard" trusts the issuer "accounts"
      Then the RequestAuthentication "request-auth-dashboard-front" exists
      And the AuthorizationPolicy "deny-without-jwt-front" exists
      And exactly one RequestAuthentication trusts "accounts"

    @clause:CHARM-NAME-01 @clause:CHARM-NAME-02
    Scenario: The names follow the application and the ingress as they are called
      Given a gateway "edge-2" serving "kubeflow-dashboard"
      When "kubeflow-dashboard" trusts the issuer "accounts"
      Then the RequestAuthentication "request-auth-kubeflow-dashboard-edge-2" exists
      And the AuthorizationPolicy "deny-without-jwt-edge-2" exists

    @clause:CHARM-TYPE-01
    Scenario: The policy that refuses is a DENY
      When "dashboard" trusts the issuer "accounts"
      Then the resource that trusts "accounts" is a RequestAuthentication of "security.istio.io/v1"
      And the policy that demands a JWT on "front" is an AuthorizationPolicy of "security.istio.io/v1" with the action DENY

  Rule: Both resources live in the ingress's own namespace

    @clause:CHARM-NS-01 @clause:CHARM-ROLE-03
    Scenario: An application of another namespace leaves its own namespace untouched
      Given the app "reports" lives in a namespace of its own
      When "reports" asks "front" to trust the issuer "accounts"
      Then the resource that trusts "accounts" is in the namespace of "front"
      And the policy that demands a JWT on "front" is in the namespace of "front"
      And the namespace of "reports" holds neither kind of resource

  Rule: Both resources target the ingress's own gateway

    @clause:CHARM-TARGET-01 @clause:CHARM-SCOPE-04
    Scenario: Both resources reach the gateway by reference and by nothing narrower
      When "dashboard" trusts the issuer "accounts"
      Then the resource that trusts "accounts" targets the Gateway "front" and nothing else
      And the policy that demands a JWT on "front" targets the Gateway "front" and nothing else
