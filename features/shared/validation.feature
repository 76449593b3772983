Feature: What makes a token valid
  All the documents let holders of a valid token in and nobody else. They differ in where the token is put, which the column
  "place" holds, and in what they say of a refusal: Canonical's page names no status, so any refusal will do (decision D1),
  while Istio and Gloo Mesh answer an invalid token with 401. The column "answer" holds what is documented. What a document
  says of validity beyond that is in its own folder.

  Rule: A valid token reaches the app

    Scenario Outline: A valid token of the trusted issuer passes
      Given the app of "<profile>", open to anybody
      When the app is protected by tokens of "accounts"
      Then a request to every app with a valid token of "accounts" in <place> is admitted

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-01 @clause:CHARM-DENY-04
      Examples: Canonical
        | profile            | place                           |
        | charm-request-auth | "Authorization" after "Bearer " |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway
        | profile           | place                           |
        | istio-ingress-jwt | "Authorization" after "Bearer " |

      @profile:gloo-jwt-policy @level:core @clause:GLOO-TOKEN-01
      Examples: Gloo Mesh
        | profile         | place                    |
        | gloo-jwt-policy | "X-Auth" after "Bearer " |

      @profile:istio-end-user-auth @level:core @clause:TUT-VALID-01
      Examples: Istio tutorial
        | profile             | place                           |
        | istio-end-user-auth | "Authorization" after "Bearer " |

  Rule: A token with one defect does not

    Scenario Outline: An invalid token is refused
      Every limit of time lies minutes away from now, far outside the clock skew that a gateway may allow. A foreign issuer's
      token carries the signature of the trusted key: its issuer is all that is wrong with it.
      Given the app of "<profile>", open to anybody
      When the app is protected by tokens of "accounts"
      Then a request to every app with a <kind> token of "accounts" in <place> <answer>

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-02 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, signature
        | kind               | profile            | place                           | answer     |
        | tampered-payload   | charm-request-auth | "Authorization" after "Bearer " | is refused |
        | tampered-signature | charm-request-auth | "Authorization" after "Bearer " | is refused |

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-03 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, issuer
        | kind           | profile            | place                           | answer     |
        | foreign-issuer | charm-request-auth | "Authorization" after "Bearer " | is refused |

      @profile:charm-request-auth @level:core @clause:CHARM-VALIDATE-04 @clause:CHARM-DENY-03 @decision:D1
      Examples: Canonical, period
        | kind          | profile            | place                           | answer     |
        | expired       | charm-request-auth | "Authorization" after "Bearer " | is refused |
        | not-yet-valid | charm-request-auth | "Authorization" after "Bearer " | is refused |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALID-01
      Examples: Istio ingress gateway, signature
        | kind               | profile           | place                           | answer   |
        | tampered-payload   | istio-ingress-jwt | "Authorization" after "Bearer " | gets 401 |
        | tampered-signature | istio-ingress-jwt | "Authorization" after "Bearer " | gets 401 |
        | empty-signature    | istio-ingress-jwt | "Authorization" after "Bearer " | gets 401 |

      @profile:istio-ingress-jwt @level:core @clause:ISTIO-VALID-02
      Examples: Istio ingress gateway, issuer
        | kind           | profile           | place                           | answer   |
        | foreign-issuer | istio-ingress-jwt | "Authorization" after "Bearer " | gets 401 |

      @profile:gloo-jwt-policy @level:core @clause:GLOO-ISS-01 @clause:GLOO-TOKEN-01 @clause:GLOO-DENY-04
      Examples: Gloo Mesh, issuer
        | kind           | profile         | place                    | answer   |
        | foreign-issuer | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |

      @profile:gloo-jwt-policy @level:extended @clause:GLOO-DENY-04
      Examples: Gloo Mesh, whatever else is wrong with it
        | kind               | profile         | place                    | answer   |
        | tampered-payload   | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |
        | tampered-signature | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |
        | foreign-key        | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |
        | expired            | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |
        | not-yet-valid      | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |

      @profile:istio-end-user-auth @level:core @clause:TUT-TAMPER-01
      Examples: Istio tutorial, what is changed in a segment
        | kind               | profile             | place                           | answer   |
        | tampered-header    | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | tampered-payload   | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | tampered-signature | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |

      @profile:istio-end-user-auth @level:extended @clause:TUT-TAMPER-02
      Examples: Istio tutorial, what is cut off, added or exchanged
        | kind                       | profile             | place                           | answer   |
        | two-segments               | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | empty-signature            | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | truncated-signature        | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | four-segments              | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
        | signature-of-another-token | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |

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
