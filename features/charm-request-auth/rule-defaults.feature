@profile:charm-request-auth @level:extended
Feature: What a rule leaves out, and where tokens are looked for
  Of the six fields of a rule only the issuer is required. A field that is not given is not in the resource either, and
  Istio's default applies.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: Without jwks_uri the key set is found through the issuer

    @clause:CHARM-FIELD-JWKS-02 @decision:D7
    Scenario: The issuer's key set is discovered
      Given the issuer "accounts" can be discovered
      When "dashboard" publishes the rules
        """
        [{"issuer": "${accounts.issuer}"}]
        """
      Then the resource that trusts "accounts" leaves out "jwksUri"
      And a request to "dashboard" with a valid token of "accounts" is admitted
      And a request to "dashboard" with a foreign-key token of "accounts" is refused

  Rule: Without a key set no token is accepted

    @clause:CHARM-FIELD-JWKS-03
    Scenario: The tokens of an issuer whose key set cannot be fetched are refused
      Given "catalogue" trusts the issuer "partners"
      And the key set of "accounts" cannot be fetched
      When "dashboard" trusts the issuer "accounts"
      Then the key set of "accounts" has been fetched
      And a request to every app with a valid token of "accounts" is refused
      And a request to every app with no token is refused

  Rule: The keys that are published at jwks_uri now are the ones that count

    @clause:CHARM-FIELD-JWKS-04
    Scenario: A key that the issuer has retired is trusted no longer
      Given "dashboard" trusts the issuer "accounts"
      And a request to every app with a valid token of "accounts" is admitted
      When the issuer "accounts" signs with a new key
      And "dashboard" publishes a new place of the key set of "accounts"
      Then a request to every app with a valid token of "accounts" is admitted
      And a request to every app with a retired-key token of "accounts" is refused

    @clause:CHARM-FIELD-JWKS-04
    Scenario: While old and new key are published, the tokens of both are accepted
      Given "dashboard" trusts the issuer "accounts"
      When the issuer "accounts" signs with a new key and still publishes the old one
      And "dashboard" publishes a new place of the key set of "accounts"
      Then a request to every app with a valid token of "accounts" is admitted
      And a request to every app with a retired-key token of "accounts" is admitted

  Rule: Without forward_original_token the token stays at the gateway

    @clause:CHARM-FIELD-FWD-03 @decision:D8
    Scenario: The workload does not see the token
      When "dashboard" trusts the issuer "accounts"
      Then the resource that trusts "accounts" leaves out "forwardOriginalToken"
      And a request to "dashboard" with a valid token of "accounts" is admitted
      And the workload sees no "Authorization" header

  Rule: Without claim_to_headers no claim reaches the workload

    @clause:CHARM-FIELD-CLAIM-02
    Scenario Outline: The workload sees no header with a claim
      When "dashboard" publishes the text "<published>"
      Then the resource that trusts "accounts" leaves out "outputClaimToHeaders"
      And a request to "dashboard" with a valid token of "accounts" is admitted
      And the workload sees no header with a claim of the token

      Examples:
        | case     | published                                                                                         |
        | left out | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}"}]                            |
        | empty    | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "claim_to_headers": []}] |

  Rule: Without from_headers a token is looked for after Bearer in Authorization

    @clause:CHARM-FIELD-FROM-05
    Scenario: A Bearer token is found
      When "dashboard" trusts the issuer "accounts"
      Then the resource that trusts "accounts" leaves out "fromHeaders"
      And a request to "dashboard" with a valid token of "accounts" is admitted

  Rule: With from_headers a token is looked for there, and nowhere else

    @clause:CHARM-FIELD-FROM-03
    Scenario: A Bearer token is not found when the rule names another header
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "from_headers": [{"name": "X-Jwt"}]
        }]
        """
      Then a request to every app with a valid token of "accounts" is refused
      And a request to every app with a valid token of "accounts" in "X-Jwt" is admitted

    @clause:CHARM-FIELD-FROM-04
    Scenario: Each of several headers is a place for the token
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "from_headers": [{"name": "Authorization", "prefix": "Bearer "}, {"name": "X-Jwt"}]
        }]
        """
      Then a request to every app with a valid token of "accounts" is admitted
      And a request to every app with a valid token of "accounts" in "X-Jwt" is admitted
      And a request to every app with a tampered-signature token of "accounts" in "X-Jwt" is refused
