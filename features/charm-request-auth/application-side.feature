@profile:charm-request-auth @feature:RequirerLibrary
Feature: The application's end of the relation
  An application publishes with the library of the interface, over an endpoint that its charm declares. Only an
  implementation that is driven as a charm has such an end to show.

  Background:
    Given a gateway "front" serving "dashboard" and "catalogue"
    And a request to every app with no token is admitted

  Rule: Both ends declare the documented interface

    @level:core @clause:CHARM-IFACE-01
    Scenario: The endpoint of the application and that of the gateway fit together
      Then the app's endpoint "istio-request-auth" requires the interface "istio_request_auth"
      And the gateway provides the interface "istio_request_auth"

    @level:extended @clause:CHARM-IFACE-02
    Scenario: The application is limited to one gateway, the gateway to no number of applications
      Then the app's endpoint "istio-request-auth" is limited to 1 relation
      And the gateway's endpoint has no limit

  Rule: The library is there under its documented names

    @level:core @clause:CHARM-LIB-01
    Scenario: A charm finds the library's classes
      Then the library offers "IstioRequestAuthRequirer", "JWTRule", "ClaimToHeader" and "FromHeader"

  Rule: The library publishes on the endpoint that it was made for

    @level:core @clause:CHARM-REQ-01
    Scenario Outline: What the leader publishes is in the databag of the endpoint and in force at the gateway
      When the leader of "dashboard" publishes on "<endpoint>" that it trusts the issuer "accounts"
      Then the library has raised nothing
      And a request to every app with a valid token of "accounts" is admitted
      And a request to every app with no token is refused

      Examples:
        | case         | endpoint           |
        | usual name   | istio-request-auth |
        | another name | identity           |

    @level:extended @clause:CHARM-PUBLISH-01 @clause:CHARM-FIELD-MIRROR-01
    Scenario: One call takes a list of rules with all six fields
      When the leader of "dashboard" publishes the rules with the library
        """
        [
          {
            "issuer": "${accounts.issuer}",
            "jwks_uri": "${accounts.jwks_uri}",
            "audiences": ["dashboard"],
            "forward_original_token": true,
            "claim_to_headers": [{"header": "x-user", "claim": "sub"}],
            "from_headers": [{"name": "Authorization", "prefix": "Bearer "}, {"name": "x-jwt"}]
          },
          {"issuer": "${partners.issuer}", "jwks_uri": "${partners.jwks_uri}"}
        ]
        """
      Then the databag holds these rules
      And a request to every app with a valid token of "partners" is admitted

    @level:extended @clause:CHARM-FIELD-ISSUER-01
    Scenario: The library refuses a rule without an issuer
      When the leader of "dashboard" publishes the rules with the library
        """
        [{"jwks_uri": "https://accounts.example/jwks"}]
        """
      Then the library has refused them

  Rule: Only the leader publishes

    @level:core @clause:CHARM-LEADER-01
    Scenario: What another unit publishes is not in force
      Given the leader of "dashboard" publishes on "istio-request-auth" that it trusts the issuer "accounts"
      When another unit of "dashboard" publishes on "istio-request-auth" that it trusts the issuer "partners"
      Then the databag holds nothing of this unit
      And a request to every app with a valid token of "partners" is refused
      And a request to every app with a valid token of "accounts" is admitted

    @level:core @clause:CHARM-LEADER-02
    Scenario: Publishing without being the leader is harmless
      When another unit of "dashboard" publishes on "istio-request-auth" that it trusts the issuer "accounts"
      Then the library has raised nothing
      And the databag holds nothing of this unit
