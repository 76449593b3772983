Feature: A claim of a validated token becomes a request header
  An application says which claim it needs and in which header it expects it. The Kubeflow dashboard, for one, looks for the
  user's email in kubeflow-userid, and the guide for Gloo Mesh has httpbin find it in X-Email; the hands-on about Istio's
  ingress gateway names no header, so x-user stands for any. The column "place" holds where clients put their token.

  Rule: A mapped claim is copied into its header before the request is forwarded

    Scenario Outline: The user's email arrives in the mapped header
      Given the app of "<profile>", open to anybody
      And the app is protected by tokens of "accounts" and wants their "email" in "<header>"
      When a request to every app with a valid token of "accounts" in <place> is admitted
      Then the workload sees the token's "email" in "<header>"

      @profile:charm-request-auth @level:core @clause:CHARM-CLAIMS-01 @clause:CHARM-CLAIMS-02
      Examples: Canonical
        | header          | profile            | place                           |
        | kubeflow-userid | charm-request-auth | "Authorization" after "Bearer " |

      @profile:istio-ingress-jwt @level:extended @clause:ISTIO-VALID-04 @clause:ISTIO-PROPAGATE-01
      Examples: Istio ingress gateway
        | header | profile           | place                           |
        | x-user | istio-ingress-jwt | "Authorization" after "Bearer " |

      @profile:gloo-jwt-policy @level:core @clause:GLOO-CLAIM-02
      Examples: Gloo Mesh
        | header  | profile         | place                    |
        | X-Email | gloo-jwt-policy | "X-Auth" after "Bearer " |
