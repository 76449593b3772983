@profile:istio-ingress-jwt @level:core
Feature: A backend behind the ingress gateway
  Before anything is authenticated there is a way into the mesh: a Gateway opens a port of the ingress gateway, and a
  VirtualService leads from there to the backend. Nothing is demanded of anybody yet.

  The document starts from a frontend and a backend with sidecars, mutual TLS and an AuthorizationPolicy for the backend
  (ISTIO-PRE-01), and reaches the gateway of its kind cluster by the node's address (ISTIO-ENV-01). Here the environment
  says where a gateway is reached, and nothing depends on mutual TLS: that identifies workloads and stands beside the
  user's token, it does not take its place (ISTIO-MTLS-01).

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"

  Rule: The backend is exposed through a Gateway and a VirtualService

    @clause:ISTIO-GW-01
    Scenario: The two objects select the gateway's workload and lead to the backend
      Then a Gateway opens port 80 of "ingressgateway" for any host, and a VirtualService leads to "backend"
      And a request to "backend" with no token is admitted

    @clause:ISTIO-GW-01
    Scenario Outline: Any host leads to the backend while there are no policies
      Then a request to "backend" for the host "<host>" with no token is admitted

      Examples:
        | host             |
        | backend          |
        | shop.example.com |
        | 192.0.2.10       |
