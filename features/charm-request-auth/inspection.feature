@profile:charm-request-auth @level:core
Feature: An operator can see what was set up
  After an integration the operator waits for active, lists the two kinds of resources in the ingress's namespace, and
  reads back what the application published.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: The ingress settles

    @clause:CHARM-VERIFY-01
    Scenario: The ingress is active after the integration
      When "dashboard" trusts the issuer "accounts"
      Then "front" is active

  Rule: Both resources are listed where the guide says

    @clause:CHARM-VERIFY-02
    Scenario: The application's resource is among the RequestAuthentications of the namespace
      When "dashboard" trusts the issuer "accounts"
      Then the RequestAuthentication "request-auth-dashboard-front" exists

    @clause:CHARM-VERIFY-03
    Scenario: The DENY policy is among the AuthorizationPolicies of the namespace
      When "dashboard" trusts the issuer "accounts"
      Then the AuthorizationPolicy "deny-without-jwt-front" exists

  Rule: Reading a resource back shows what was published

    @clause:CHARM-VERIFY-04
    Scenario: The issuer and the claim mapping can be read back
      When "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      Then the resource that trusts "accounts" maps "email" to "kubeflow-userid"
