@profile:istio-ingress-jwt @level:core
Feature: The sample token
  Istio's examples come with a token that anybody may use. Its claims can be read by whoever decodes its second segment,
  which proves nothing: a token can be readable and still be invalid (ISTIO-TOKEN-02).

  The document takes Google for the signer. It is Istio's own sample key pair; here the key is the scenario's own, so that
  no scenario fetches anything from the Internet.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"

  Rule: The claims are readable

    @clause:ISTIO-TOKEN-01
    Scenario: The second segment decodes to the documented claims
      Then the second segment of a sample token of "testing@secure.istio.io" decodes to
        """
        {"exp": 4685989700, "foo": "bar", "iat": 1532389700, "iss": "testing@secure.istio.io",
         "sub": "testing@secure.istio.io"}
        """

    @clause:ISTIO-TOKEN-01 @clause:ISTIO-VALIDTOKEN-01
    Scenario: The token with these claims passes where its issuer is trusted
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"
      Then a request to "backend" with a sample token of "testing@secure.istio.io" is admitted
      And a request to "backend" with no token gets 403
