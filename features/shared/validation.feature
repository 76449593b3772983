Feature: What makes a token valid
  All the documents let holders of a valid token in and nobody else. They differ in what they say of a refusal: Canonical's
  page names no status, so any refusal will do (decision D1), while Istio answers an invalid token with 401. The column
  "answer" holds what is documented. What a document says of validity beyond that is in its own folder.

  Rule: A valid token reaches the app

    Scenario Outline: A valid token of the trusted issuer passes
      Given the app of "<profile>", open to anybody
      When the app is protected by tokens of "accounts"
      Then a request to every app with a valid token of "accounts" is admitted

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-01 @clause:CHARM-DENY-04
      Examples: Canonical
        | profile            |
        | charm-request-auth |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway
        | profile           |
        | istio-ingress-jwt |

  Rule: A token with one defect does not

    Scenario Outline: An invalid token is refused
      Every limit of time lies minutes away from now, far outside the clock skew that a gateway may allow. A foreign issuer's
      token carries the signature of the trusted key: its issuer is all that is wrong with it.
      Given the app of "<profile>", open to anybody
      When the app is protected by tokens of "accounts"
      Then a request to every app with a <kind> token of "accounts" <answer>

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-02 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, signature
        | kind               | profile            | answer     |
        | tampered-payload   | charm-request-auth | is refused |
        | tampered-signature | charm-request-auth | is refused |

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-03 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, issuer
        | kind           | profile            | answer     |
        | foreign-issuer | charm-request-auth | is refused |

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-04 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, period
        | kind          | profile            | answer     |
        | expired       | charm-request-auth | is refused |
        | not-yet-valid | charm-request-auth | is refused |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALID-01
      Examples: Istio ingress gateway, signature
        | kind               | profile           | answer   |
        | tampered-payload   | istio-ingress-jwt | gets 401 |
        | tampered-signature | istio-ingress-jwt | gets 401 |
        | empty-signature    | istio-ingress-jwt | gets 401 |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALID-02
      Examples: Istio ingress gateway, issuer
        | kind           | profile           | answer   |
        | foreign-issuer | istio-ingress-jwt | gets 401 |

      @profile:istio-end-user-auth @level:extended @clause:TUT-TAMPER-02
      Examples: Istio tutorial, what is cut off, added or exchanged
        | kind                       | profile             | answer   |
        | two-segments               | istio-end-user-auth | gets 401 |
        | empty-signature            | istio-end-user-auth | gets 401 |
        | truncated-signature        | istio-end-user-auth | gets 401 |
        | four-segments              | istio-end-user-auth | gets 401 |
        | signature-of-another-token | istio-end-user-auth | gets 401 |

  Rule: Validation takes place before anything is forwarded

    Scenario Outline: No refused request ever reaches a workload
      Given the app of "<profile>", open to anybody
      And the app is protected by tokens of "accounts"
      When every documented kind of invalid token of "accounts" is sent to every app
      Then each of these requests is refused and no workload has received any
      And a request to every app with a valid token of "accounts" is admitted

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-05 @clause:CHARM-DENY-03
      Examples: Canonical
        | profile            |
        | charm-request-auth |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-GOAL-01 @clause:ISTIO-BEFORE-01
      Examples: Istio ingress gateway
        | profile           |
        | istio-ingress-jwt |
