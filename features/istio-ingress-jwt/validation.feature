@profile:istio-ingress-jwt
Feature: What makes a token valid
  Istio validates the signature of a token and verifies claims of it, before the request reaches the application.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"

  @level:extended
  Rule: The audience is verified where audiences are configured

    @clause:ISTIO-VALID-03
    Scenario: Only tokens for the configured audience are accepted
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io" for the audience "backend"
      Then a request to "backend" with a valid token of "testing@secure.istio.io" for the audience "backend" is admitted
      And a request to "backend" with a valid token of "testing@secure.istio.io" for the audience "reports" gets 403
      And a request to "backend" with a valid token of "testing@secure.istio.io" gets 403

    @clause:ISTIO-VALID-03
    Scenario: Without configured audiences a token may be for anybody
      The document's own policies configure none.
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"
      Then a request to "backend" with a valid token of "testing@secure.istio.io" for the audience "reports" is admitted
      And a request to "backend" with no token gets 403
