@profile:istio-end-user-auth
Feature: Only identified users get through
  The tutorial applies one manifest, which it does not show. Its kind of that time said whose tokens are valid and demanded
  one; today that takes a RequestAuthentication and an AuthorizationPolicy, both for customer. The keys are Istio's own
  sample key set, which stands in the manifest, and the tokens are the tutorial's two: Istio's sample token, and the same
  with another last character.

  Mutual TLS should stay on, so that nobody picks up a token on its way (TUT-MTLS-01). Nothing here depends on it.

  Background:
    Given the chain "customer", "preference" and "recommendation" with a sidecar for each app
    And end-user authentication is applied to "customer" for "testing@secure.istio.io"

  @level:core
  Rule: An invalid token is refused, and nothing but the token is to blame

    @clause:TUT-INVALID-01 @clause:TUT-INVALID-03 @clause:TUT-INVALID-04
    Scenario: The tutorial's invalid token is refused, its valid one is not
      It names the right issuer and the right key, and does not expire for a century: only its signature is wrong.
      Then a request to "customer" with a tutorial-invalid token of "testing@secure.istio.io" gets 401
      And a request to "customer" with a sample token of "testing@secure.istio.io" is admitted

    @clause:TUT-INVALID-02 @decision:D26
    Scenario: The refusal tells that verification has failed
      When a request to "customer" with a tutorial-invalid token of "testing@secure.istio.io" gets 401
      Then the client reads "Jwt verification fails"

    @clause:TUT-INVALID-01
    Scenario Outline: An invalid token is refused whatever the request asks for
      The tutorial itself only gets one path.
      Then a <method> request to "<path>" of "customer" with a tutorial-invalid token of "testing@secure.istio.io" gets 401

      Examples:
        | method  | path      |
        | POST    | /         |
        | HEAD    | /         |
        | OPTIONS | /         |
        | GET     | /?a=b     |
        | DELETE  | /7/orders |

    @clause:TUT-INVALID-01
    Scenario Outline: A token outside its period is invalid, whoever has signed it
      The sample token does not expire for a century, so another issuer's stands for one that does.
      Given end-user authentication is applied to "customer" for "accounts"
      Then a request to "customer" with a valid token of "accounts" is admitted
      And a request to "customer" with a <kind> token of "accounts" gets 401

      Examples:
        | kind          |
        | expired       |
        | not-yet-valid |

  @level:core
  Rule: With a valid token everything is as before

    @clause:TUT-VALID-01
    Scenario: A request with the sample token goes through the whole chain
      When a request to "customer" with a sample token of "testing@secure.istio.io" is admitted
      Then the client reads "customer => preference => recommendation v1 from"

  @level:core
  Rule: The token is a Bearer token in the Authorization header

    @clause:TUT-TOKEN-01
    Scenario Outline: A valid token elsewhere identifies nobody
      Then a request to "customer" with a sample token of "testing@secure.istio.io" in <place> is refused
      And a request to "customer" with a sample token of "testing@secure.istio.io" is admitted

      Examples:
        | place                            |
        | "X-Token" after "Bearer "        |
        | "Authorization"                  |
        | "Authorization" after "Token "   |

  @level:extended
  Rule: The apps behind it are left alone

    @clause:TUT-SCOPE-01
    Scenario: Calls inside the mesh need no token
      Then a request to "preference" with no token is admitted
      And a request to "recommendation" with a tutorial-invalid token of "testing@secure.istio.io" is admitted
      And a request to "customer" with a sample token of "testing@secure.istio.io" is admitted

  @level:extended
  Rule: Whether a token is demanded depends on the kind of policy
    The tutorial does not say what becomes of a request without a token. The kind that it used refused it; of today's two, the
    one that validates lets it pass and the one that demands does not. So it is recorded.

    @clause:TUT-MISSING-01 @decision:D25
    Scenario: A request without a token where one is demanded
      When a request to "customer" with a sample token of "testing@secure.istio.io" is admitted
      Then what becomes of a request to "customer" with no token is recorded

    @clause:TUT-MISSING-01 @decision:D25
    Scenario: A request without a token where tokens are validated only
      When end-user authentication is applied to "customer" for "testing@secure.istio.io" without a demand for tokens
      And a request to "customer" with a sample token of "testing@secure.istio.io" is admitted
      Then what becomes of a request to "customer" with no token is recorded
