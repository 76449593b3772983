@level:atlas
Feature: What becomes of tokens of every kind
  The documents speak of a few kinds of tokens; users and attackers send many more. The rows of features/token-atlas.yaml are
  the rest of the map: each one is sent between two valid tokens that have to pass. A row that a document speaks of is
  judged, the others are recorded beside the word of the RFC. None of this belongs to a run that does not ask for
  it: "gwjwt atlas" does, and shows the table.

  Rule: What a document says of a token holds, whatever else the gateway takes for one

    @decision:D1 @decision:D17
    Scenario Outline: One topic
      Given the app of "<profile>", open to anybody
      And the app is protected as the topic "<topic>" of the token atlas has it
      When each row of the topic is sent between two valid tokens that pass
      Then what a document speaks of becomes of its rows as it says
      And what becomes of the other rows is recorded

      @profile:charm-request-auth @clause:CHARM-FIELD-JWKS-01 @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-02 @clause:CHARM-VALIDATE-06
      Examples: Canonical, algorithms
        | topic      | profile            |
        | algorithms | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-FIELD-JWKS-01 @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-02
      Examples: Canonical, keys
        | topic | profile            |
        | keys  | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-FIELD-JWKS-01 @clause:CHARM-VALIDATE-01
      Examples: Canonical, rotated
        | topic   | profile            |
        | rotated | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-02
      Examples: Canonical, header parameters
        | topic             | profile            |
        | header-parameters | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-04
      Examples: Canonical, period
        | topic  | profile            |
        | period | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-FIELD-ISSUER-02 @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-02 @clause:CHARM-VALIDATE-03
      Examples: Canonical, issuers
        | topic   | profile            |
        | issuers | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-FIELD-AUD-02 @clause:CHARM-FIELD-AUD-03 @clause:CHARM-VALIDATE-01
      Examples: Canonical, audiences
        | topic     | profile            |
        | audiences | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-CLAIMS-01 @clause:CHARM-CLAIMS-04 @clause:CHARM-CLAIMS-05 @clause:CHARM-DENY-06 @clause:CHARM-VALIDATE-01
      Examples: Canonical, claims
        | topic  | profile            |
        | claims | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-VALIDATE-01
      Examples: Canonical, nested claims
        | topic         | profile            |
        | nested-claims | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-VALIDATE-01 @clause:CHARM-VALIDATE-06
      Examples: Canonical, spellings
        | topic     | profile            |
        | spellings | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-DENY-03 @clause:CHARM-DENY-05 @clause:CHARM-FIELD-FROM-05 @clause:CHARM-VALIDATE-01
      Examples: Canonical, presentation
        | topic        | profile            |
        | presentation | charm-request-auth |

      @profile:charm-request-auth @clause:CHARM-VALIDATE-01
      Examples: Canonical, sizes
        | topic | profile            |
        | sizes | charm-request-auth |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, algorithms
        | topic      | profile           |
        | algorithms | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, keys
        | topic | profile           |
        | keys  | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, rotated
        | topic   | profile           |
        | rotated | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, header parameters
        | topic             | profile           |
        | header-parameters | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, period
        | topic  | profile           |
        | period | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALID-02 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, issuers
        | topic   | profile           |
        | issuers | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-03 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, audiences
        | topic     | profile           |
        | audiences | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-04 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, claims
        | topic  | profile           |
        | claims | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, nested claims
        | topic         | profile           |
        | nested-claims | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALID-01 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, spellings
        | topic     | profile           |
        | spellings | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-ALLOW-04 @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, presentation
        | topic        | profile           |
        | presentation | istio-ingress-jwt |

      @profile:istio-ingress-jwt @clause:ISTIO-VALIDTOKEN-01
      Examples: Istio ingress gateway, sizes
        | topic | profile           |
        | sizes | istio-ingress-jwt |
