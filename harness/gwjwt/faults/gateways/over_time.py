"""What gateways violate that are right in the end, or most of the time, and wrong for a while or now and then."""

from __future__ import annotations

from gwjwt.faults.gateways.entry import ADMITTING, gateway

_ALSO_ADMITTING = (
    "CHARM-BEARER-06",
    "CHARM-CLAIMS-01",
    "CHARM-CLAIMS-03",
    "CHARM-CLAIMS-05",
    "CHARM-CREATE-02",
    "CHARM-FIELD-CLAIM-02",
    "CHARM-FIELD-FROM-01",
    "CHARM-FIELD-FROM-02",
    "CHARM-FIELD-FROM-04",
    "CHARM-FIELD-FROM-05",
    "CHARM-FIELD-FWD-01",
    "CHARM-FIELD-FWD-02",
    "CHARM-ISOLATE-01",
    "CHARM-PUBLISH-01",
    "CHARM-REMOVE-03",
    "CHARM-REQ-02",
    "CHARM-SCOPE-03",
    "CHARM-SCOPE-05",
    "CHARM-SCOPE-06",
    "CHARM-UNION-04",
    "CHARM-UNION-05",
)
"""More of them, of the profile with the most requests: few would not do for a fault at random."""

FAULTS = (
    gateway(
        "one-in-five-refused",
        "one request in five is refused at random",
        *ADMITTING,
        *_ALSO_ADMITTING,
        level="time",
    ),
    gateway(
        "late-by-two-seconds",
        "a change of a policy takes effect two seconds after it should",
        "CHARM-REQ-02",
        "CHARM-CREATE-01",
        "CHARM-DENY-02",
        "CHARM-MALFORMED-06",
        "CHARM-MALFORMED-07",
        "CHARM-REMOVE-01",
        "CHARM-REMOVE-03",
        "CHARM-BEARER-06",
        "ISTIO-NOTOKEN-01",
        level="time",
    ),
    gateway(
        "old-state-for-a-moment",
        "for 0.3 s after a change the gateway goes by what was there before",
        "CHARM-REQ-02",
        "CHARM-MALFORMED-06",
        "CHARM-REMOVE-01",
        "CHARM-BEARER-06",
        level="time",
    ),
    gateway(
        "open-for-a-moment",
        "for 0.3 s after a change of a policy the gateway goes without it",
        "CHARM-REQ-02",
        "CHARM-BEARER-06",
        "CHARM-ORDER-01",
        level="time",
    ),
    gateway(
        "policies-never-forgotten",
        "a policy that has been deleted stays in force",
        "CHARM-REMOVE-01",
        "CHARM-REMOVE-03",
        "CHARM-MALFORMED-06",
        "CHARM-MALFORMED-08",
        level="time",
    ),
)
