@profile:istio-ingress-jwt @level:extended
Feature: What the backend learns of the user
  Istio can hand claims of the token, or the token itself, on to the application. Where nothing is configured the backend
  sees neither. The document also speaks of the request principal being propagated; Istio forwards headers only.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"
    And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"

  Rule: The token can be forwarded

    @clause:ISTIO-PROPAGATE-01
    Scenario: The backend sees the token that the client sent
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io" and forwards its tokens
      When a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      Then the workload sees the client's token in "Authorization"

  Rule: By default the backend sees neither

    @clause:ISTIO-VALID-04 @clause:ISTIO-PROPAGATE-01
    Scenario: No claim and no token without being configured
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      When a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      Then the workload sees no header with a claim of the token
      And the workload sees no "Authorization" header
