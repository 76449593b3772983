@profile:charm-request-auth @level:extended
Feature: How long a gateway is open while it changes
  What a gateway lets through until its first rules are live is measured and not judged: nobody says how fast they have to
  be. So is what gets through on the way if the writes of a change come as fast as they do, from near and from afar.

  Rule: The window is recorded

    @clause:CHARM-ORDER-02 @decision:D14
    Scenario Outline: The first application is related
      Given the implementation is <distance> ms away from the Kubernetes API
      And a gateway "front" serving "dashboard" and "catalogue"
      And requests that nobody can validate go to "front" all the time
      When "dashboard" trusts the issuer "accounts"
      Then how many of them get through on the way, and how long, is recorded

      Examples:
        | distance |
        | 0        |
        | 20       |
        | 50       |

    @clause:CHARM-ORDER-02 @decision:D14
    Scenario Outline: An application comes and goes beside forward-auth
      Given the implementation is <distance> ms away from the Kubernetes API
      And a gateway "front" serving "dashboard"
      And forward-auth is active on "front"
      And requests that nobody can validate go to "front" all the time
      When "dashboard" trusts the issuer "accounts"
      And "dashboard" ends its relation
      Then how many of them get through on the way, and how long, is recorded

      Examples:
        | distance |
        | 0        |
        | 20       |
        | 50       |
