Feature: Protection comes and goes
  What is refused while an app is protected has been admitted before, and is admitted again after: the protection is the
  reason, and nothing else. The column "place" holds where the document has clients put their token.

  Rule: An app is as open after its protection as before

    Scenario Outline: Before, during and after
      Given the app of "<profile>", open to anybody
      And a request to every app with no token is admitted
      And the app is protected by tokens of "accounts"
      And a request to every app with a tampered-signature token of "accounts" in <place> <answer>
      When the protection is taken away
      Then a request to every app with no token is admitted
      And a request to every app with a tampered-signature token of "accounts" in <place> is admitted

      @profile:istio-ingress-jwt @level:extended @clause:ISTIO-ALLOW-04
      Examples: Istio ingress gateway
        | profile           | place                           | answer   |
        | istio-ingress-jwt | "Authorization" after "Bearer " | gets 401 |

      @profile:gloo-jwt-policy @level:core @clause:GLOO-CLEAN-01
      Examples: Gloo Mesh
        | profile         | place                    | answer   |
        | gloo-jwt-policy | "X-Auth" after "Bearer " | gets 401 |

      @profile:istio-end-user-auth @level:core @clause:TUT-CLEAN-01
      Examples: Istio tutorial
        | profile             | place                           | answer   |
        | istio-end-user-auth | "Authorization" after "Bearer " | gets 401 |
