@profile:charm-request-auth @level:core
Feature: Claims of a validated token become request headers
  An application says which claims it needs and in which headers it expects them. The Kubeflow dashboard, for one, looks
  for the user's email in kubeflow-userid.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: Mapped claims are copied into the mapped headers before the request is forwarded

    @clause:CHARM-CLAIMS-01 @clause:CHARM-CLAIMS-03
    Scenario: Several mappings of one rule are applied independently of each other
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "claim_to_headers": [
            {"header": "kubeflow-userid", "claim": "email"},
            {"header": "x-user-subject", "claim": "sub"}
          ]
        }]
        """
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the workload sees the token's "email" in "kubeflow-userid"
      And the workload sees the token's "sub" in "x-user-subject"
