@profile:gloo-jwt-policy
Feature: Several policies for the same route
  Policies cannot be combined on one route, nor on one destination: of several, only the one that was created first takes
  effect. Their names have nothing to do with it, nor has the time of their last update.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And a request to "httpbin-mesh" with no token is admitted

  @level:core
  Rule: The first one counts

    @clause:GLOO-MULTI-01
    Scenario: A later policy whose name comes first changes nothing
      Given the JWT policy "zebra" protects the routes labelled "route: httpbin"
      When the JWT policy "aardvark" protects the routes labelled "route: httpbin" with
        """
        issuer: partners@example.com
        signer: partners@example.com
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " gets 401

    @clause:GLOO-MULTI-01
    Scenario: An update of the first policy leaves it the first
      Given the JWT policy "zebra" protects the routes labelled "route: httpbin"
      And the JWT policy "aardvark" protects the routes labelled "route: httpbin" with
        """
        issuer: partners@example.com
        signer: partners@example.com
        """
      When the JWT policy "zebra" protects the routes labelled "route: httpbin" with
        """
        claims: {group: x-grp}
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And the workload sees "engineering" in "X-Grp"
      And a request to "httpbin-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " gets 401

  @level:extended
  Rule: The same holds for a destination

    @clause:GLOO-MULTI-02
    Scenario: A later policy for the same destination changes nothing
      Given the JWT policy "zebra" protects the destination "httpbin"
      When the JWT policy "aardvark" protects the destination "httpbin" with
        """
        issuer: partners@example.com
        signer: partners@example.com
        """
      Then a direct call to "httpbin" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a direct call to "httpbin" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " gets 401

  @level:extended
  Rule: When the first one goes the next one takes over

    @clause:GLOO-MULTI-03
    Scenario: The route does not become open in between
      Given the JWT policy "zebra" protects the routes labelled "route: httpbin"
      And the JWT policy "aardvark" protects the routes labelled "route: httpbin" with
        """
        issuer: partners@example.com
        signer: partners@example.com
        """
      When the JWT policy "zebra" is deleted
      Then a request to "httpbin-mesh" with no token gets 401
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401
      And a request to "httpbin-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " is admitted

  @level:extended
  Rule: A route that the first one does not select follows the other

    @clause:GLOO-MULTI-04
    Scenario: Two policies that overlap on one route only
      Given the mesh route "docs-mesh" to "httpbin" is labelled "tier: edge"
      And the mesh route "both-mesh" to "httpbin" is labelled "route: httpbin, tier: edge"
      And the JWT policy "zebra" protects the routes labelled "route: httpbin"
      When the JWT policy "aardvark" protects the routes labelled "tier: edge" with
        """
        issuer: partners@example.com
        signer: partners@example.com
        """
      Then a request to "docs-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "docs-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401
      And a request to "both-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "both-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " gets 401
