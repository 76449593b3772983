@profile:charm-request-auth @level:extended
Feature: Only the gateway writes identity headers
  A workload believes what stands in the mapped headers. So they hold a claim of the validated token, or they are not
  there.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: A claim that the token lacks gives no header

    @clause:CHARM-CLAIMS-04
    Scenario: The request is forwarded without the header of a missing claim
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "claim_to_headers": [
            {"header": "kubeflow-userid", "claim": "email"},
            {"header": "x-user-department", "claim": "department"}
          ]
        }]
        """
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the workload sees no "x-user-department" header
      And the workload sees the token's "email" in "kubeflow-userid"

  Rule: A client cannot write a mapped header itself

    @clause:CHARM-CLAIMS-05 @decision:D10
    Scenario: The claim takes the place of what the client has sent
      Given "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      When a request to "dashboard" with a valid token of "accounts" and the header "kubeflow-userid: root@example.test" is admitted
      Then the workload sees the token's "email" in "kubeflow-userid"

    @clause:CHARM-CLAIMS-05 @decision:D10
    Scenario: What the client has sent does not take the place of a missing claim
      Given "dashboard" trusts the issuer "accounts" and maps "department" to "x-user-department"
      When a request to "dashboard" with a valid token of "accounts" and the header "x-user-department: board" is admitted
      Then the workload sees no "x-user-department" header

    @clause:CHARM-UNION-06 @decision:D10
    Scenario Outline: A header that only another application's rule maps is recorded
      Istio tries the rules in the order of their issuers, so each of the two comes first once.
      Given "dashboard" trusts the issuer "<own>" and maps "email" to "x-dashboard-user"
      And "catalogue" trusts the issuer "<other>" and maps "email" to "x-catalogue-user"
      When a request to "catalogue" with a valid token of "<own>" and the header "x-catalogue-user: root@example.test" is admitted
      Then the workload sees the token's "email" in "x-dashboard-user"
      And what the workload sees in "x-catalogue-user" is recorded

      Examples:
        | case                          | own      | other    |
        | the token's rule comes first  | accounts | partners |
        | the token's rule comes second | partners | accounts |

  Rule: An approved session alone gives no identity

    @clause:CHARM-BROWSER-04
    Scenario: A request that the authorizer approves without adding a token arrives without claim headers
      Given forward-auth is active on "front"
      And "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      When a request to "dashboard" with the session cookie is admitted by the authorizer
      Then the workload sees no "kubeflow-userid" header
