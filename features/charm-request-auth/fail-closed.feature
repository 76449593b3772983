@profile:charm-request-auth @level:core
Feature: The gateway fails closed
  A request without a validated principal is refused as soon as any application is related. A misconfigured application
  cannot leave the gateway open; it can only keep it closed until it publishes valid rules or goes away.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And a request to every app with no token is admitted

  Rule: The DENY policy matches every request without a validated principal

    @clause:CHARM-DENY-01
    Scenario: The policy has one rule that nothing narrows
      When "dashboard" trusts the issuer "accounts"
      Then the policy that demands a JWT on "front" covers all requests

    @clause:CHARM-DENY-02 @decision:D1
    Scenario Outline: A request without any token is refused, whatever its method and path
      Given "dashboard" trusts the issuer "accounts"
      Then a <method> request to "<path>" of "dashboard" with no token gets 403

      Examples:
        | case           | method  | path          |
        | get            | GET     | /             |
        | get, deep path | GET     | /api/v1/users |
        | get, query     | GET     | /?page=2      |
        | post           | POST    | /             |
        | head           | HEAD    | /             |
        | options        | OPTIONS | /             |

    @clause:CHARM-DENY-03 @decision:D1
    Scenario Outline: A token that fails validation does not fall through to an unauthenticated pass
      Given "dashboard" trusts the issuer "accounts"
      Then a request to every app with a <kind> token of "accounts" is refused

      Examples:
        | kind        |
        | expired     |
        | foreign-key |

    @clause:CHARM-DENY-04
    Scenario: A request with a validated principal is not hit by the policy
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with a valid token of "accounts" is admitted

  Rule: The requirement is there before any rules are

    @clause:CHARM-SINGLE-02 @clause:CHARM-MALFORMED-01
    Scenario: An application that has published nothing closes the gateway
      When "dashboard" publishes nothing
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with no token is refused
      And a request to every app with a valid token of "accounts" is refused

    @clause:CHARM-MALFORMED-02
    Scenario: An explicitly empty list is handled like no data
      When "dashboard" publishes the text "[]"
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with a valid token of "accounts" is refused

  Rule: Malformed rules give no RequestAuthentication while the DENY stays in force

    @clause:CHARM-MALFORMED-03
    Scenario Outline: Malformed rules keep the gateway closed
      When "dashboard" publishes the text "<published>"
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with no token is refused
      And a request to every app with a valid token of "accounts" is refused

      Examples:
        | case                       | published                                                                                        |
        | not json                   | not json                                                                                         |
        | an object                  | {}                                                                                               |
        | a string                   | "x"                                                                                              |
        | null                       | null                                                                                             |
        | a rule without anything    | [{}]                                                                                             |
        | audiences that are no list | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "audiences": "a"}]         |
        | a mapping without a claim  | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "claim_to_headers": [{"header": "h"}]}] |
        | a mapping without a header | [{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}", "claim_to_headers": [{"claim": "email"}]}] |

    @clause:CHARM-FIELD-ISSUER-01 @clause:CHARM-MALFORMED-03
    Scenario Outline: A rule that names no issuer counts as malformed
      When "dashboard" publishes the text "<published>"
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with a valid token of "accounts" is refused

      Examples:
        | case               | published                                                |
        | issuer left out    | [{"jwks_uri": "${accounts.jwks_uri}"}]                   |
        | issuer is null     | [{"issuer": null, "jwks_uri": "${accounts.jwks_uri}"}]   |
        | issuer is a number | [{"issuer": 5, "jwks_uri": "${accounts.jwks_uri}"}]      |

  Rule: A malformed application does not disturb a valid one

    @clause:CHARM-MALFORMED-05
    Scenario Outline: The valid application's tokens work beside a malformed application
      The malformed application sorts once before and once after the valid one, and comes once first and once second.
      Given a gateway "edge" serving "<valid>" and "<malformed>"
      When "<first>" integrates, with rules that are valid for "<valid>" only
      And "<second>" integrates, with rules that are valid for "<valid>" only
      Then 1 RequestAuthentication targets "edge"
      And a request to "<valid>" with a valid token of "accounts" is admitted
      And a request to "<malformed>" with a valid token of "accounts" is admitted
      And a request to "<valid>" with no token is refused
      And a request to "<malformed>" with no token is refused

      Examples:
        | case                            | valid | malformed | first | second |
        | malformed sorts and comes first | mike  | alpha     | alpha | mike   |
        | malformed sorts first           | mike  | alpha     | mike  | alpha  |
        | malformed comes first           | mike  | zulu      | zulu  | mike   |
        | malformed sorts and comes last  | mike  | zulu      | mike  | zulu   |

  Rule: A related application that takes its rules back closes the gateway

    @clause:CHARM-MALFORMED-06
    Scenario Outline: Rules that are cleared or broken while related are no longer trusted
      Given "dashboard" trusts the issuer "accounts"
      And a request to every app with a valid token of "accounts" is admitted
      When "dashboard" publishes the text "<published>"
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with a valid token of "accounts" is refused

      Examples:
        | case    | published |
        | cleared | []        |
        | broken  | not json  |

    @clause:CHARM-MALFORMED-06
    Scenario: Rules that are withdrawn while related are no longer trusted
      Given "dashboard" trusts the issuer "accounts"
      And a request to every app with a valid token of "accounts" is admitted
      When "dashboard" publishes nothing
      Then no RequestAuthentication targets "front"
      And the policy that demands a JWT on "front" covers all requests
      And a request to every app with a valid token of "accounts" is refused

  Rule: There are two ways out of a closed gateway

    @clause:CHARM-MALFORMED-07
    Scenario: Traffic recovers once valid rules are published
      Given "dashboard" publishes the text "not json"
      And a request to every app with a valid token of "accounts" is refused
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with a valid token of "accounts" is admitted
      And a request to every app with no token is refused

    @clause:CHARM-MALFORMED-08 @clause:CHARM-REMOVE-03
    Scenario: Traffic recovers once the misconfigured application goes away
      Given "dashboard" publishes the text "not json"
      And a request to every app with a valid token of "accounts" is refused
      When "dashboard" ends its relation
      Then no policy demands a JWT on "front"
      And a request to every app with no token is admitted
