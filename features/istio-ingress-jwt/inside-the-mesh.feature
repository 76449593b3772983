@profile:istio-ingress-jwt @level:extended
Feature: Policies on a workload inside the mesh
  The document first puts both policies on the backend itself, expects 403 of a call without a token, and gets 200
  (ISTIO-INTERNAL-01). It concludes that since Istio 1.27 sidecars no longer validate the tokens of calls from inside the
  mesh (ISTIO-INTERNAL-02).

  There is a simpler explanation. The backend of its earlier part already has an ALLOW policy for the frontend, and ALLOW
  policies add up: what one of them matches is allowed, whatever another one demands (ISTIO-INTERNAL-03). So these
  scenarios record what happens where no other policy stands beside, and judge nothing.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"
    And "backend" has a sidecar
    And a call from inside the mesh to "backend" with no token is admitted
    And a RequestAuthentication on "backend" trusts "testing@secure.istio.io"
    And an ALLOW policy on "backend" requires a principal of "testing@secure.istio.io"

  Rule: What a sidecar does with tokens is recorded

    @clause:ISTIO-INTERNAL-01 @clause:ISTIO-INTERNAL-02 @decision:D17
    Scenario Outline: A call from inside the mesh to a workload with policies of its own
      Then what becomes of a call from inside the mesh to "backend" with <credentials> is recorded

      Examples:
        | credentials                                   |
        | no token                                      |
        | an expired token of "testing@secure.istio.io" |
        | a valid token of "testing@secure.istio.io"    |
