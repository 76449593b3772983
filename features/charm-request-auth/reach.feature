@profile:charm-request-auth @level:extended
Feature: Nothing of a gateway is left out
  The requirement belongs to the gateway: to each of its listeners, and to what it comes to serve later.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"

  Rule: Every listener is covered

    @clause:CHARM-SCOPE-05
    Scenario: A second listener demands a token like the first one
      Given "front" also listens on port 8080
      And a request to "catalogue" on port 8080 with no token is admitted
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app with no token is refused
      And a request to "catalogue" on port 8080 with no token is refused
      And a request to "catalogue" on port 8080 with a valid token of "accounts" is admitted

    @clause:CHARM-SCOPE-05
    Scenario Outline: A listener of another kind demands a token like the first one
      Given "front" also listens at "<url>"
      And a request to every app at "<url>" with no token is admitted
      When "dashboard" trusts the issuer "accounts"
      Then a request to every app at "<url>" with no token is refused
      And a request to every app at "<url>" with a valid token of "accounts" is admitted

      Examples:
        | case      | url                           |
        | host name | http://apps.example.test:8080 |
        | TLS       | https://apps.example.test     |

  Rule: Later routes are covered

    @clause:CHARM-SCOPE-06
    Scenario: An application that comes later is behind the requirement at once
      Given "dashboard" trusts the issuer "accounts"
      When "front" begins to serve "reports"
      Then a request to "reports" with no token is refused
      And a request to "reports" with a valid token of "accounts" is admitted
