@profile:istio-ingress-jwt
Feature: Whom an ALLOW policy means
  A validated token makes its holder a request principal, the issuer and the subject with a slash between them. The policy
  says with a pattern which of them may pass.

  Background:
    Given an ingress gateway "ingressgateway"
    And "backend" is exposed through "ingressgateway"
    And a request to "backend" with no token is admitted

  @level:core
  Rule: A pattern for an issuer means all of its subjects

    @clause:ISTIO-ALLOW-02
    Scenario: Two subjects of the issuer are both allowed
      The sample token's subject is its issuer, the other one's is not: whoever mixes them up refuses one of the two.
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"
      Then a request to "backend" with a sample token of "testing@secure.istio.io" is admitted
      And a request to "backend" with a valid token of "testing@secure.istio.io" is admitted

  @level:core
  Rule: To be trusted is not yet to be allowed

    @clause:ISTIO-ALLOW-03
    Scenario: A valid token of another trusted issuer is forbidden, not invalid
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io" and "partners@secure.istio.io"
      And an ALLOW policy on "ingressgateway" requires a principal of "testing@secure.istio.io"
      Then a request to "backend" with a valid token of "partners@secure.istio.io" gets 403
      And a request to "backend" with a foreign-key token of "partners@secure.istio.io" gets 401
      And a request to "backend" with a valid token of "testing@secure.istio.io" is admitted

  @level:extended
  Rule: Patterns match as a whole, at the beginning or at the end

    @clause:ISTIO-ALLOW-02 @clause:ISTIO-ALLOW-04
    Scenario Outline: One principal only
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io"
      When an ALLOW policy on "ingressgateway" requires a principal like "<pattern>"
      Then a request to "backend" with a sample token of "testing@secure.istio.io" is admitted
      And a request to "backend" with a valid token of "testing@secure.istio.io" gets 403
      And a request to "backend" with no token gets 403

      Examples:
        | pattern                                         |
        | testing@secure.istio.io/testing@secure.istio.io |
        | */testing@secure.istio.io                       |

    @clause:ISTIO-ALLOW-02 @clause:ISTIO-ALLOW-04
    Scenario: Anybody with a valid token
      Given a RequestAuthentication on "ingressgateway" trusts "testing@secure.istio.io" and "partners@secure.istio.io"
      When an ALLOW policy on "ingressgateway" requires a principal like "*"
      Then a request to "backend" with a valid token of "testing@secure.istio.io" is admitted
      And a request to "backend" with a valid token of "partners@secure.istio.io" is admitted
      And a request to "backend" with a no-subject token of "testing@secure.istio.io" gets 403
      And a request to "backend" with no token gets 403
