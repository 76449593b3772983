@profile:istio-end-user-auth
Feature: A token of which some part was changed
  "Now just change some part of the token and send the request again." Each of the three segments is covered by the
  signature, which only the issuer can make.

  Background:
    Given the chain "customer", "preference" and "recommendation" with a sidecar for each app

  @level:core
  Rule: A change in any segment makes a token invalid

    @clause:TUT-TAMPER-01
    Scenario Outline: The sample token with one segment changed is refused
      Given end-user authentication is applied to "customer" for "testing@secure.istio.io"
      Then a request to "customer" with a sample token of "testing@secure.istio.io" is admitted
      And a request to "customer" with a <kind> token of "testing@secure.istio.io" gets 401

      Examples:
        | kind               |
        | tampered-header    |
        | tampered-payload   |
        | tampered-signature |
