Feature: A claim of a validated token becomes a request header
  An application says which claim it needs and in which header it expects it. The Kubeflow dashboard, for one, looks for the
  user's email in kubeflow-userid; the hands-on about Istio's ingress gateway names no header, so x-user stands for any.

  Rule: A mapped claim is copied into its header before the request is forwarded

    Scenario Outline: The user's email arrives in the mapped header
      Given the app of "<profile>", open to anybody
      And the app is protected by tokens of "accounts" and wants their "email" in "<header>"
      When a request to every app with a valid token of "accounts" is admitted
      Then the workload sees the token's "email" in "<header>"

      @profile:charm-request-auth @level:core @clause:CHARM-CLAIMS-01 @clause:CHARM-CLAIMS-02
      Examples: Canonical
        | header          | profile            |
        | kubeflow-userid | charm-request-auth |

      @profile:istio-ingress-jwt @level:extended @clause:ISTIO-VALID-04 @clause:ISTIO-PROPAGATE-01
      Examples: Istio ingress gateway
        | header | profile           |
        | x-user | istio-ingress-jwt |
