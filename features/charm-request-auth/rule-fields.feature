@profile:charm-request-auth @level:core
Feature: Each field of a published rule has its effect
  A rule has six fields: the issuer, the place of its key set, the audiences, whether the original token is forwarded, the
  claims that become headers, and where the token is looked for. They mirror Istio's JWTRule.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: What an application publishes is what the gateway enforces

    @clause:CHARM-PUBLISH-01
    Scenario: Several rules of one application are all effective
      Given "dashboard" publishes the rules
        """
        [
          {"issuer": "${partners.issuer}", "jwks_uri": "${partners.jwks_uri}"},
          {"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}"}
        ]
        """
      Then 1 RequestAuthentication targets "front"
      And a request to "dashboard" with a valid token of "partners" is admitted
      And a request to "dashboard" with a valid token of "accounts" is admitted

    @clause:CHARM-PUBLISH-02
    Scenario: Nothing is added, dropped or put in another order
      When "dashboard" publishes the rules
        """
        [
          {"issuer": "${partners.issuer}", "jwks_uri": "${partners.jwks_uri}", "audiences": ["b", "a"]},
          {"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "forward_original_token": true}
        ]
        """
      Then the resource that trusts "partners" holds the rules
        """
        [
          {"issuer": "${partners.issuer}", "jwksUri": "${partners.jwks_uri}", "audiences": ["b", "a"]},
          {"issuer": "${accounts.issuer}", "jwksUri": "${accounts.jwks_uri}", "forwardOriginalToken": true}
        ]
        """

    @clause:CHARM-REQ-02 @clause:CHARM-FIELD-ISSUER-02
    Scenario: The gateway follows the rules that were published last
      Given "dashboard" trusts the issuer "accounts"
      And a request to "dashboard" with a valid token of "accounts" is admitted
      When "dashboard" trusts the issuer "partners" instead
      Then the resource that trusts "partners" trusts no other issuer
      And a request to "dashboard" with a valid token of "partners" is admitted
      And a request to "dashboard" with a valid token of "accounts" is refused

    @clause:CHARM-FIELD-MIRROR-01 @clause:CHARM-FIELD-ISSUER-02 @clause:CHARM-FIELD-JWKS-01 @clause:CHARM-FIELD-AUD-01
    @clause:CHARM-FIELD-FWD-03 @clause:CHARM-FIELD-CLAIM-02 @clause:CHARM-FIELD-FROM-05
    Scenario: A minimal rule becomes exactly two fields
      When "dashboard" trusts the issuer "accounts"
      Then the resource that trusts "accounts" holds the rules
        """
        [{"issuer": "${accounts.issuer}", "jwksUri": "${accounts.jwks_uri}"}]
        """

    @clause:CHARM-FIELD-MIRROR-01 @clause:CHARM-FIELD-CLAIM-01 @clause:CHARM-FIELD-FWD-02 @clause:CHARM-FIELD-FROM-04
    Scenario: A full rule becomes exactly the six fields of Istio's JWTRule
      When "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "audiences": ["kubeflow"],
          "forward_original_token": false,
          "claim_to_headers": [{"header": "kubeflow-userid", "claim": "email"}],
          "from_headers": [{"name": "Authorization", "prefix": "Bearer "}, {"name": "X-Jwt"}]
        }]
        """
      Then the resource that trusts "accounts" holds the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwksUri": "${accounts.jwks_uri}",
          "audiences": ["kubeflow"],
          "forwardOriginalToken": false,
          "outputClaimToHeaders": [{"header": "kubeflow-userid", "claim": "email"}],
          "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}, {"name": "X-Jwt"}]
        }]
        """

  Rule: The token's iss equals the rule's issuer

    @clause:CHARM-FIELD-ISSUER-02
    Scenario: Only tokens that name the rule's issuer are accepted
      When "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with a valid token of "accounts" is admitted
      And a request to "dashboard" with a foreign-issuer token of "accounts" is refused
      And a request to "dashboard" with an issuer-with-a-slash token of "accounts" is refused

  Rule: Signatures are checked with the keys that jwks_uri serves

    @clause:CHARM-FIELD-JWKS-01
    Scenario Outline: A key of the set is accepted and a key outside the set is not
      Given the issuer "accounts" signs with <algorithm>
      When "dashboard" trusts the issuer "accounts"
      Then the key set of "accounts" has been fetched
      And a request to "dashboard" with a valid token of "accounts" is admitted
      And a request to "dashboard" with a foreign-key token of "accounts" is refused

      Examples:
        | algorithm |
        | ES256     |
        | RS256     |

    @clause:CHARM-FIELD-JWKS-01
    Scenario: Every key of the set counts
      Given the key set of "accounts" begins with a key that signs nothing
      When "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with a valid token of "accounts" is admitted

  Rule: Audiences are checked only when the rule lists some

    @clause:CHARM-FIELD-AUD-01
    Scenario Outline: Without audiences the token's aud does not matter
      When "dashboard" trusts the issuer "accounts"
      Then a request to "dashboard" with a valid token of "accounts" for <audience> is admitted

      Examples:
        | case       | audience               |
        | none       | no audience            |
        | a string   | the audience "x"       |
        | a list     | the audiences "x", "y" |

    @clause:CHARM-FIELD-AUD-02 @decision:D1
    Scenario Outline: A token for somebody else is refused
      Given "dashboard" trusts the issuer "accounts" for the audiences "a" and "b"
      Then a request to "dashboard" with a valid token of "accounts" for <audience> is refused

      Examples:
        | case     | audience               |
        | none     | no audience            |
        | a string | the audience "x"       |
        | a list   | the audiences "x", "y" |

    @clause:CHARM-FIELD-AUD-03
    Scenario Outline: One matching audience is enough
      Given "dashboard" trusts the issuer "accounts" for the audiences "a" and "b"
      Then a request to "dashboard" with a valid token of "accounts" for <audience> is admitted

      Examples:
        | case     | audience               |
        | a string | the audience "b"       |
        | a list   | the audiences "x", "a" |

  Rule: forward_original_token decides whether the workload sees the client's token

    @clause:CHARM-FIELD-FWD-01
    Scenario: The original token is kept
      Given "dashboard" publishes the rules
        """
        [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "forward_original_token": true}]
        """
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the workload sees the client's token in "Authorization"

    @clause:CHARM-FIELD-FWD-02
    Scenario: The original token is removed and the claim headers remain
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "forward_original_token": false,
          "claim_to_headers": [{"header": "kubeflow-userid", "claim": "email"}]
        }]
        """
      When a request to "dashboard" with a valid token of "accounts" is admitted
      Then the workload sees no "Authorization" header
      And the workload sees the token's "email" in "kubeflow-userid"

  Rule: claim_to_headers is translated one to one

    @clause:CHARM-FIELD-CLAIM-01 @clause:CHARM-FIELD-FWD-03 @clause:CHARM-FIELD-FROM-05
    Scenario: Each mapping becomes a pair of header and claim
      When "dashboard" trusts the issuer "accounts" and maps "email" to "kubeflow-userid"
      Then the resource that trusts "accounts" holds the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwksUri": "${accounts.jwks_uri}",
          "outputClaimToHeaders": [{"header": "kubeflow-userid", "claim": "email"}]
        }]
        """

  Rule: from_headers says where the token is and what stands in front of it

    @clause:CHARM-FIELD-FROM-01
    Scenario: A token is taken from the named header after the named prefix
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "from_headers": [{"name": "X-Jwt", "prefix": "Token "}]
        }]
        """
      Then the resource that trusts "accounts" takes tokens from "X-Jwt" after "Token "
      And a request to "dashboard" with a valid token of "accounts" in "X-Jwt" after "Token " is admitted
      And a request to "dashboard" with a tampered-signature token of "accounts" in "X-Jwt" after "Token " is refused

    @clause:CHARM-FIELD-FROM-02
    Scenario: Without a prefix the whole header value is the token
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "from_headers": [{"name": "X-Jwt"}]
        }]
        """
      Then the resource that trusts "accounts" takes tokens from "X-Jwt" without a prefix
      And a request to "dashboard" with a valid token of "accounts" in "X-Jwt" is admitted
      And a request to "dashboard" with a tampered-signature token of "accounts" in "X-Jwt" is refused
