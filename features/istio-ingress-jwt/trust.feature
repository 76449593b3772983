@profile:istio-ingress-jwt @level:core
Feature: A RequestAuthentication says whose tokens are valid
  It names the issuer to trust, the place where that issuer's keys are, and the workloads that validate. It does not ask
  anybody for a token: that is left to an AuthorizationPolicy.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"

  Rule: It names issuer, keys and workloads

    @clause:ISTIO-RA-01
    Scenario: The keys come from where the RequestAuthentication says
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      When a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      Then the RequestAuthentication on "ingressgateway" names "testing@secure.istio.io", its key set and the workload
      And the key set of "testing@secure.istio.io" has been fetched

  Rule: Only the workloads that its selector matches validate

    @clause:ISTIO-RA-02
    Scenario: Another gateway beside it takes no notice of a token
      Given an ingress gateway "internalgateway"
      And "reports" is exposed through "internalgateway"
      When a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      Then a request to "backend" with a not-a-jwt token of "testing@secure.istio.io" gets 401
      And a request to "reports" with a not-a-jwt token of "testing@secure.istio.io" is admitted

  Rule: It forces nobody to present a token

    @clause:ISTIO-RA-03
    Scenario: A request without a token passes, one with an invalid token does not
      When a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      Then a request to "backend" with no token is admitted
      And a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      And a request to "backend" with an expired token of "testing@secure.istio.io" gets 401
