@profile:istio-end-user-auth
Feature: One manifest turns authentication on and off
  Nothing else is changed: neither the apps nor their sidecars are started again.

  Background:
    Given the chain "customer", "preference" and "recommendation" with a sidecar for each app
    And a request to "customer" with no token is admitted
    And end-user authentication is applied to "customer" for "testing@secure.istio.io"
    And a request to "customer" with a tutorial-invalid token of "testing@secure.istio.io" gets 401

  @level:extended
  Rule: To apply it is enough

    @clause:TUT-POLICY-01
    Scenario: The apps go on as they are
      When a request to "customer" with a sample token of "testing@secure.istio.io" is admitted
      Then no app was restarted

  @level:core
  Rule: To delete it opens the way again

    @clause:TUT-CLEAN-01
    Scenario: After clean-up nothing of it is left
      When end-user authentication is deleted
      Then the namespace holds no virtual service, destination rule, gateway or policy
      And a request to "customer" with a tutorial-invalid token of "testing@secure.istio.io" is admitted
