@profile:charm-request-auth @level:extended
Feature: Rules that cannot be enforced as they stand
  Rules are enforced whole or not at all. Whatever is wrong with them, the gateway stays closed, the ingress goes on
  working, and nobody else's rules suffer.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And a request to every app with no token is admitted

  Rule: One bad rule makes the whole list malformed

    @clause:CHARM-MALFORMED-04 @decision:D4
    Scenario Outline: A good rule beside a bad one is not enforced
      When "dashboard" publishes the text "<published>"
      Then no RequestAuthentication targets "front"
      And a request to every app with a valid token of "accounts" is refused

      Examples:
        | case           | published                                                                                    |
        | bad rule last  | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}"}, {"audiences": ["a"]}] |
        | bad rule first | [{"audiences": ["a"]}, {"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}"}] |

  Rule: Rules that only Kubernetes rejects count as malformed

    @clause:CHARM-MALFORMED-10 @decision:D3
    Scenario: They keep the gateway closed until they are mended
      When "dashboard" publishes the rules
        """
        [{"issuer": "${accounts.issuer}", "jwks_uri": "ftp://accounts.example.test/jwks.json"}]
        """
      Then no RequestAuthentication targets "front"
      And a request to every app with no token is refused
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with a valid token of "accounts" is admitted

    @clause:CHARM-MALFORMED-10 @decision:D3
    Scenario Outline: They leave other applications' tokens alone
      Given "catalogue" trusts the issuer "partners"
      When "dashboard" publishes the text "<published>"
      Then a request to every app with a valid token of "partners" is admitted
      And a request to every app with no token is refused

      Examples:
        | case                     | published                                                                                                                         |
        | empty issuer             | [{"issuer": "", "jwks_uri": "${accounts.jwks_uri}"}]                                                                              |
        | key set without http     | [{"issuer": "${accounts.issuer}", "jwks_uri": "ftp://accounts.example.test/jwks.json"}]                                           |
        | header name with a space | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "claim_to_headers": [{"header": "a b", "claim": "email"}]}] |
        | empty audience           | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "audiences": [""]}]                                         |

  Rule: The ingress stays active

    @clause:CHARM-MALFORMED-09 @decision:D15
    Scenario Outline: A misconfigured application does not block the ingress
      When "dashboard" publishes the text "<published>"
      Then "front" is active

      Examples:
        | case       | published |
        | malformed  | not json  |
        | empty list | []        |

    @clause:CHARM-MALFORMED-09 @decision:D15
    Scenario: An application that has published nothing does not block the ingress
      When "dashboard" publishes nothing
      Then "front" is active

  Rule: The ingress tells its operator which application is misconfigured

    @clause:CHARM-MALFORMED-09 @decision:D15 @feature:CharmLog
    Scenario Outline: The log names the application whose rules cannot be used
      Given "dashboard" trusts the issuer "accounts"
      And an operator has read the log of "front"
      When "dashboard" publishes the text "<published>"
      Then the log of "front" goes on with a warning of "dashboard"

      Examples:
        | case           | published |
        | not JSON       | not json  |
        | missing issuer | [{}]      |
        | empty list     | []        |

    @clause:CHARM-MALFORMED-09 @decision:D15 @feature:CharmLog
    Scenario: The log names an application that has published nothing
      Given an operator has read the log of "front"
      When "dashboard" publishes nothing
      Then the log of "front" goes on with a warning of "dashboard"

  Rule: Beside forward-auth only Bearer requests are refused for want of rules

    @clause:CHARM-MALFORMED-11
    Scenario: Bearer requests are refused whatever the authorizer says, all others are its decision
      Given forward-auth is active on "front"
      When "dashboard" publishes the text "not json"
      Then a request to "dashboard" with the session cookie is admitted by the authorizer
      And a request to "dashboard" with the session cookie and a valid token of "accounts" is refused
      And a request to every app with no token gets the authorizer's login redirect
