@profile:charm-request-auth @level:extended
Feature: Whose rule judges a token
  The gateway trusts the union of all issuers, but the rules are not mixed: each token is held against the rules that
  name its own issuer.

  Background:
    Given a gateway "front" serving "dashboard" and "notebooks"

  Rule: A token is judged by the rule of its own issuer

    @clause:CHARM-UNION-04
    Scenario: Another application's rule neither restricts a token nor maps its claims
      Given "dashboard" publishes the rules
        """
        [{
          "issuer": "${accounts.issuer}",
          "jwks_uri": "${accounts.jwks_uri}",
          "audiences": ["dashboard"],
          "claim_to_headers": [{"header": "x-dashboard-user", "claim": "email"}]
        }]
        """
      And "notebooks" trusts the issuer "partners" and maps "email" to "x-notebooks-user"
      Then a request to every app with a valid token of "accounts" for no audience is refused
      And a request to every app with a valid token of "partners" for no audience is admitted
      And the workload sees the token's "email" in "x-notebooks-user"
      And the workload sees no "x-dashboard-user" header

    @clause:CHARM-UNION-04
    Scenario: The key of one issuer does not sign for another
      Given "dashboard" trusts the issuer "accounts"
      And "notebooks" trusts the issuer "partners"
      When a request to "dashboard" with a valid token of "partners" is admitted
      Then a request to "dashboard" with a key-of-another-issuer token of "accounts" is refused

  Rule: An issuer that two applications trust has to satisfy one of them

    @clause:CHARM-UNION-05 @decision:D9
    Scenario: A token that satisfies either application's rule is accepted
      Given "dashboard" trusts the issuer "accounts" for the audiences "a" and "b"
      And a request to every app with a valid token of "accounts" for no audience is refused
      When "notebooks" trusts the issuer "accounts"
      Then a request to every app with a valid token of "accounts" for no audience is admitted
      And a request to every app with a valid token of "accounts" for the audience "a" is admitted
