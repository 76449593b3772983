"""What gateways violate that tell the workload somebody else's identity, or show it what it must not see."""

from __future__ import annotations

from gwjwt.faults.gateways.entry import gateway

FAULTS = (
    gateway(
        "spoofed-header-wins",
        "the client's own value of a mapped header is kept",
        "CHARM-CLAIMS-05",
        "GLOO-CLAIM-06",
    ),
    gateway(
        "claim-appended-to-spoofed-header",
        "the claim is put beside the client's own value instead of in its place",
        "CHARM-CLAIMS-05",
        "GLOO-CLAIM-06",
    ),
    gateway(
        "spoofed-header-for-missing-claim",
        "the client's own value is kept where the token has no such claim",
        "CHARM-CLAIMS-05",
    ),
    gateway(
        "missing-claim-invented",
        "a mapped header gets a value that no claim has",
        "CHARM-CLAIMS-04",
        "GLOO-CLAIM-03",
    ),
    gateway(
        "empty-header-for-missing-claim",
        "a mapped header is there and empty where the token has no such claim",
        "CHARM-CLAIMS-04",
        "GLOO-CLAIM-03",
    ),
    gateway("token-left-in-the-query", "the workload sees the token that was in the query", "GLOO-OK-03"),
    gateway(
        "no-claim-mapped",
        "claims are not copied into headers",
        "CHARM-CLAIMS-01",
        "CHARM-CLAIMS-02",
        "CHARM-CLAIMS-03",
        "CHARM-SCOPE-03",
        "CHARM-BROWSER-01",
        "ISTIO-VALID-04",
        "ISTIO-PROPAGATE-01",
    ),
    gateway("first-mapping-only", "only the first mapping of a rule is applied", "CHARM-CLAIMS-03"),
    gateway(
        "subject-in-every-header",
        "every mapped header gets the subject",
        "CHARM-CLAIMS-01",
        "CHARM-CLAIMS-02",
        "CHARM-CLAIMS-03",
    ),
    gateway("claims-mapped-unasked", "claims that no rule maps arrive in headers", "CHARM-FIELD-CLAIM-02"),
    gateway(
        "mappings-of-all-rules", "the mappings of every rule are applied to every token", "CHARM-UNION-04"
    ),
    gateway(
        "payload-in-a-header",
        "the workload gets the whole payload, which no rule asks for",
        "CHARM-FIELD-CLAIM-02",
        "GLOO-CLAIM-04",
    ),
    gateway(
        "token-kept",
        "the workload sees the token, asked for or not",
        "CHARM-FIELD-FWD-02",
        "CHARM-FIELD-FWD-03",
        "GLOO-OK-03",
    ),
    gateway(
        "token-never-kept",
        "the workload never sees the token",
        "CHARM-FIELD-FWD-01",
        "ISTIO-PROPAGATE-01",
    ),
)
