@profile:gloo-jwt-policy
Feature: The route inside the mesh
  The guide's table is for the host www.example.com, which every workload of the workspace can call in place of httpbin
  itself. Its route asks for the header X-httpbin-mesh.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And a request to "httpbin-mesh" with no token is admitted

  @level:core
  Rule: Only requests for the host and with the header are on the route

    @clause:GLOO-MATCH-01
    Scenario: A request without the header finds no route, and is not asked for a token either
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request without the header of "httpbin-mesh" and with no token finds no route
      And a request with the header of "httpbin-mesh" for the host "elsewhere.example.com" and with no token finds no route
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: Any workload of the workspace can call the host

    @clause:GLOO-MATCH-02
    Scenario: Two workloads get the same answers
      Given "notsleep" calls from the workspace "bookinfo" too
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request of "sleep" on "httpbin-mesh" with no token gets 401
      And a request of "notsleep" on "httpbin-mesh" with no token gets 401
      And a request of "notsleep" on "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted

  @level:core
  Rule: What is accepted goes to httpbin

    @clause:GLOO-FWD-01
    Scenario: The request reaches httpbin and nobody else
      Given the app "reviews" is in the workspace "bookinfo" too
      And the mesh route "reviews-mesh" to "reviews" is labelled "route: reviews"
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "reviews-mesh" with no token is admitted

  @level:extended
  Rule: A table without a virtual gateway is for the inside of the mesh only

    @clause:GLOO-EW-01
    Scenario: The ingress gateway does not know the route
      Given the ingress gateway "istio-ingressgateway" lets requests in on the route "public" to "httpbin"
      Then at "istio-ingressgateway" what goes on "httpbin-mesh" finds no route, while "public" does

  @level:extended
  Rule: A call to the app itself is not on the route

    @clause:GLOO-EW-02
    Scenario: The policy of the route does not hold for a direct call
      So whoever is inside the mesh can walk around it.
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a direct call to "httpbin" with no token is admitted
      And a request to "httpbin-mesh" with no token gets 401
