"""What gateways violate that decide well and answer something else."""

from __future__ import annotations

from gwjwt.faults.catalogue import CataloguedFault
from gwjwt.faults.gateways.entry import gateway
from gwjwt.reporting.verdict import Verdict

FAULTS = (
    CataloguedFault(
        "unavailable-instead-of-refusing",
        "gateway",
        "a refusal is a 503, which may as well be an outage",
        (
            "CHARM-DENY-02",
            "CHARM-DENY-03",
            "CHARM-VALIDATE-02",
            "ISTIO-NOTOKEN-01",
            "ISTIO-ALLOW-05",
            "GLOO-DENY-01",
            "TUT-INVALID-01",
        ),
        seen_as=Verdict.INCONCLUSIVE,
    ),
    gateway(
        "unauthorized-without-a-token", "a missing token is answered 401 instead of 403", "ISTIO-NOTOKEN-01"
    ),
    gateway(
        "forbidden-for-an-invalid-token",
        "an invalid token is answered like a missing one",
        "ISTIO-ALLOW-05",
        "GLOO-DENY-04",
    ),
    gateway(
        "any-refusal-in-the-same-words",
        "every refusal says no more than that access is denied",
        "GLOO-DENY-03",
        "TUT-INVALID-02",
    ),
    gateway(
        "realm-is-the-host", "the realm of a challenge is the host and not the requested URL", "GLOO-DENY-02"
    ),
)
