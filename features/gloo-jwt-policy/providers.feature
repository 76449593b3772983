@profile:gloo-jwt-policy
Feature: Whose tokens are valid
  A policy has providers: each says which issuer it expects, if any, and with which key its tokens are verified. A
  provider's name is there to recognise it in logs (GLOO-PROVIDER-04) and does nothing else.

  The guide gives the issuer as https://dev-example.com where its own token says https://dev.example.com. The token counts,
  and the other spelling is an issuer that does not match.

  Background:
    Given a workspace "bookinfo" in which "sleep" calls "httpbin"
    And the mesh route "httpbin-mesh" to "httpbin" is labelled "route: httpbin"

  @level:core
  Rule: The sample token

    @clause:GLOO-JWT-01 @decision:D20
    Scenario: Its second segment decodes to the documented claims
      Then the second segment of a developer token of "https://dev.example.com" decodes to
        """
        {"iss": "https://dev.example.com", "exp": 4804324736, "iat": 1648651136, "org": "internal",
         "email": "dev1@solo.io", "group": "engineering", "scope": "is:developer"}
        """

    @clause:GLOO-JWT-01 @clause:GLOO-ISS-01 @decision:D20
    Scenario: A token with these claims passes the guide's policy
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: An issuer that is set must be the token's

    @clause:GLOO-ISS-01 @decision:D20
    Scenario Outline: The right key does not help a token that names another issuer
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      When a request to "httpbin-mesh" with a <kind> token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401
      Then the client is told "Jwt issuer is not configured"

      Examples:
        | kind                |
        | issuer-with-a-slash |
        | no-issuer           |

  @level:core
  Rule: Without an issuer the key alone decides

    @clause:GLOO-ISS-02
    Scenario Outline: Whatever issuer the token names
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        issuer: null
        """
      Then a request to "httpbin-mesh" with a <kind> token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a foreign-key token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401

      Examples:
        | kind           |
        | developer      |
        | foreign-issuer |
        | no-issuer      |

  @level:extended
  Rule: An issuer may be an address

    @clause:GLOO-ISS-03
    Scenario: The token names the same address
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        issuer: dev@example.com
        signer: dev@example.com
        """
      Then a request to "httpbin-mesh" with a developer token of "dev@example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a foreign-issuer token of "dev@example.com" in "X-Auth" after "Bearer " gets 401

  @level:core
  Rule: A public key in the policy verifies the tokens

    @clause:GLOO-KEY-01
    Scenario Outline: Only what its private key has signed is valid
      Given the issuer "https://dev.example.com" signs with <algorithm>
      And the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a foreign-key token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401

      Examples:
        | algorithm |
        | ES256     |
        | RS256     |

    @clause:GLOO-KEY-01
    Scenario: The key of one provider does not verify the tokens of another
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        also: [partners@example.com]
        """
      Then a request to "httpbin-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a key-of-another-issuer token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401

  @level:extended
  Rule: The keys may be fetched instead

    @clause:GLOO-KEY-02
    Scenario: A key set that a server publishes verifies the tokens
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        keys: remote
        """
      When a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      Then the key set of "https://dev.example.com" has been fetched
      And a request to "httpbin-mesh" with an unknown-kid token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401

    @clause:GLOO-KEY-02
    Scenario: Every key of the set counts
      Given the key set of "https://dev.example.com" begins with a key that signs nothing
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        keys: remote
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with no token gets 401

  @level:core
  Rule: The name of a provider does nothing

    @clause:GLOO-PROVIDER-01
    Scenario Outline: Under any name the policy does the same
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        provider: <name>
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a foreign-issuer token of "https://dev.example.com" in "X-Auth" after "Bearer " gets 401
      And a request to "httpbin-mesh" with a valid token of "https://other.example.com" in "X-Auth" after "Bearer " gets 401

      Examples:
        | name                        |
        | dev-example                 |
        | anything                    |
        | "https://other.example.com" |

  @level:extended
  Rule: Nothing can select a policy by the name of its provider

    @clause:GLOO-PROVIDER-02
    Scenario: A route that is labelled with the provider's name stays open
      Given the mesh route "docs-mesh" to "httpbin" is labelled "route: dev-example"
      When the JWT policy "jwt-policy" protects the routes labelled "route: httpbin"
      Then a request to "docs-mesh" with no token is admitted
      And a request to "httpbin-mesh" with no token gets 401

  @level:extended
  Rule: A policy may have more than one provider

    @clause:GLOO-PROVIDER-03
    Scenario: A token of either is accepted
      Given the JWT policy "jwt-policy" protects the routes labelled "route: httpbin" with
        """
        also: [partners@example.com]
        """
      Then a request to "httpbin-mesh" with a developer token of "https://dev.example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a developer token of "partners@example.com" in "X-Auth" after "Bearer " is admitted
      And a request to "httpbin-mesh" with a valid token of "strangers@example.com" in "X-Auth" after "Bearer " gets 401
