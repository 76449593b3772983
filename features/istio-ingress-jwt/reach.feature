@profile:istio-ingress-jwt
Feature: The policies belong to the ingress gateway
  They are made beside the gateway, in istio-system, and select its workload, while the Gateway, the VirtualService and the
  backend are in a namespace of their own. So they hold for everything that enters there, and for nothing else.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"
    And a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
    And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"

  @level:core
  Rule: Policies in the gateway's namespace protect routes of another one

    @clause:ISTIO-GW-02
    Scenario: Both policies select the gateway and protect the backend elsewhere
      Then both policies are beside "ingressgateway" and select its workload
      And a request to "backend" with no token gets 403
      And a request to "backend" with a valid token of "testing@secure.istio.io" is admitted

  @level:extended
  Rule: They hold for every host of the gateway

    @clause:ISTIO-GW-03
    Scenario: A second host on the same gateway is protected as well
      Given "reports" is exposed through "ingressgateway" for the host "reports.example.com"
      Then a request to every app with no token gets 403
      And a GET request to "/orders/7" of "reports" with no token gets 403
      And a request to every app with a valid token of "testing@secure.istio.io" is admitted

  @level:extended
  Rule: Calls from inside the mesh are left alone

    @clause:ISTIO-INTERNAL-04 @clause:ISTIO-PLACE-01
    Scenario: The token is demanded at the entry of the mesh and nowhere else
      Given "backend" has a sidecar
      Then a call from inside the mesh to "backend" with no token is admitted
      And a request to "backend" with no token gets 403
