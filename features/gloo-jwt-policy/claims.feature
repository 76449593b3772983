@profile:gloo-jwt-policy
Feature: Claims that httpbin reads in headers
  The guide's policy hands two claims on, org as X-Org and email as X-Email, each if the token has it. The names of headers
  are without regard to case: the guide writes X-Org and x-org for the same one. That the email arrives is told in
  features/shared, as it is of the other documents.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"
    And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"

  @level:core
  Rule: A claim arrives in its header

    @clause:GLOO-CLAIM-01
    Scenario: The organisation
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees the token's "org" in "X-Org"

    @clause:GLOO-CLAIM-09
    Scenario Outline: Any claim under any name
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        claims: {group: <header>}
        append: <append>
        """
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees "engineering" in "X-Grp"
      And the workload sees no "X-Org" header

      Examples:
        | how                     | header | append |
        | appended                | x-grp  | true   |
        | appended, capitals      | X-GRP  | true   |
        | overwritten             | x-grp  | false  |
        | overwritten, capitals   | X-GRP  | false  |

  @level:core
  Rule: A claim that the token does not have adds nothing

    @clause:GLOO-CLAIM-03
    Scenario Outline: Without an address there is no header for it, and the request is accepted
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        append: <append>
        """
      And a request to "httpbin-mesh" with a developer-without-email token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees no "X-Email" header
      And the workload sees "internal" in "X-Org"

      Examples:
        | append |
        | true   |
        | false  |

  @level:core
  Rule: Claims are handed on only if that is asked for

    @clause:GLOO-CLAIM-04
    Scenario: Without the setting httpbin reads none
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        claims: {}
        """
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees no header with a claim of the token
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: What the client sends in the same header

    @clause:GLOO-CLAIM-05 @decision:D21
    Scenario: To append leaves it in front of the claim
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " and the header "X-Org: outer" is admitted
      Then the workload sees "outer" and "internal" in "X-Org"

    @clause:GLOO-CLAIM-06
    Scenario: To overwrite leaves nothing of it
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        append: false
        """
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " and the header "X-Org: outer" is admitted
      Then the workload sees "internal" in "X-Org"

    @clause:GLOO-CLAIM-07
    Scenario Outline: Where the client sends none, both are alike
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        append: <append>
        """
      And a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the workload sees "internal" in "X-Org"

      Examples:
        | append |
        | true   |
        | false  |

  @level:extended
  Rule: A client that names itself and has no such claim

    @clause:GLOO-CLAIM-08 @decision:D21
    Scenario: What is left of its header when it would have been overwritten is recorded
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        append: false
        """
      And a request to "httpbin-mesh" with a developer-without-org token of "https://dev.example.com" in "X-Auth" after "Bearer " and the header "X-Org: outer" is admitted
      Then what the workload sees in "X-Org" is recorded
