"""Faults of the DENY policy: whom it refuses, and how long it is there."""

from __future__ import annotations

from collections.abc import Sequence

from gwjwt.cluster.writes import Write
from gwjwt.reference.faults.fault import Fault, Situation, changing_rules, is_deny, target
from gwjwt.reference.policies import Manifest

_NO_CREDENTIALS = [
    {"key": f"request.headers[{name}]", "notValues": ["*"]} for name in ("authorization", "cookie")
]


def _without_deny(given: Situation) -> list[Manifest]:
    return [policy for policy in given.right if not is_deny(policy)]


def _deny_kept(given: Situation) -> list[Manifest]:
    denied = {target(policy) for policy in given.right if is_deny(policy)}
    stale = [policy for policy in given.existing if is_deny(policy) and target(policy) not in denied]
    return [*given.right, *stale]


def _of_requests_without_credentials(rule: Manifest) -> Manifest:
    return rule if "when" in rule else {**rule, "when": _NO_CREDENTIALS}


def _on_the_first_port(rule: Manifest) -> Manifest:
    return {**rule, "to": [{"operation": {"ports": ["80"]}}]}


def _but_for_tls(rule: Manifest) -> Manifest:
    return {**rule, "to": [{"operation": {"notPorts": ["443"]}}]}


def _nothing_after_a_rejection(given: Situation) -> list[Manifest]:
    upset = {each.gateway.name for each in given.state.relations if each.rejection}
    return [policy for policy in given.right if target(policy) not in upset]


def _backwards(writes: Sequence[Write]) -> list[Write]:
    return list(reversed(writes))


FAULTS = (
    Fault(
        name="deny-dropped",
        summary="no DENY policy is ever written: requests without a token pass",
        clauses=(
            "CHARM-BEARER-01",
            "CHARM-BEARER-03",
            "CHARM-BEARER-06",
            "CHARM-BEARER-08",
            "CHARM-CREATE-01",
            "CHARM-DENY-01",
            "CHARM-DENY-02",
            "CHARM-DENY-05",
            "CHARM-DENY-06",
            "CHARM-FIELD-FROM-03",
            "CHARM-FIELD-ISSUER-01",
            "CHARM-FIELD-JWKS-03",
            "CHARM-ISOLATE-02",
            "CHARM-MALFORMED-01",
            "CHARM-MALFORMED-02",
            "CHARM-MALFORMED-03",
            "CHARM-MALFORMED-04",
            "CHARM-MALFORMED-05",
            "CHARM-MALFORMED-06",
            "CHARM-MALFORMED-07",
            "CHARM-MALFORMED-08",
            "CHARM-MALFORMED-10",
            "CHARM-MALFORMED-11",
            "CHARM-NAME-02",
            "CHARM-NS-01",
            "CHARM-REMOVE-02",
            "CHARM-REMOVE-03",
            "CHARM-ROLE-01",
            "CHARM-ROLE-03",
            "CHARM-SCOPE-02",
            "CHARM-SCOPE-04",
            "CHARM-SCOPE-05",
            "CHARM-SCOPE-06",
            "CHARM-SCOPE-07",
            "CHARM-SINGLE-01",
            "CHARM-SINGLE-02",
            "CHARM-SINGLE-03",
            "CHARM-SINGLE-04",
            "CHARM-TARGET-01",
            "CHARM-TYPE-01",
            "CHARM-VALIDATE-06",
            "CHARM-VERIFY-03",
        ),
        apply=_without_deny,
    ),
    Fault(
        name="deny-kept-after-last-removal",
        summary="the DENY policy stays when the last application has ended its relation",
        clauses=(
            "CHARM-MALFORMED-08",
            "CHARM-REMOVE-03",
        ),
        apply=_deny_kept,
    ),
    Fault(
        name="other-credentials-suffice",
        summary="the DENY policy leaves requests alone that carry any Authorization header or a cookie",
        clauses=(
            "CHARM-BEARER-06",
            "CHARM-BEARER-08",
            "CHARM-DENY-01",
            "CHARM-DENY-05",
            "CHARM-FIELD-FROM-03",
            "CHARM-FIELD-ISSUER-01",
            "CHARM-MALFORMED-01",
            "CHARM-MALFORMED-02",
            "CHARM-MALFORMED-03",
            "CHARM-MALFORMED-04",
            "CHARM-MALFORMED-06",
            "CHARM-MALFORMED-07",
            "CHARM-MALFORMED-08",
            "CHARM-REMOVE-02",
            "CHARM-SINGLE-02",
            "CHARM-VALIDATE-06",
        ),
        apply=changing_rules(is_deny, _of_requests_without_credentials),
    ),
    Fault(
        name="deny-on-the-first-port-only",
        summary="the DENY policy covers port 80 only",
        clauses=(
            "CHARM-BEARER-01",
            "CHARM-BEARER-06",
            "CHARM-BEARER-08",
            "CHARM-DENY-01",
            "CHARM-FIELD-ISSUER-01",
            "CHARM-MALFORMED-01",
            "CHARM-MALFORMED-02",
            "CHARM-MALFORMED-03",
            "CHARM-MALFORMED-06",
            "CHARM-REMOVE-02",
            "CHARM-SCOPE-04",
            "CHARM-SCOPE-05",
            "CHARM-SINGLE-02",
            "CHARM-TARGET-01",
        ),
        apply=changing_rules(is_deny, _on_the_first_port),
    ),
    Fault(
        name="deny-but-for-tls",
        summary="the DENY policy leaves out port 443",
        clauses=("CHARM-DENY-01", "CHARM-SCOPE-04", "CHARM-SCOPE-05"),
        apply=changing_rules(is_deny, _but_for_tls),
    ),
    Fault(
        name="nothing-after-a-rejection",
        summary="no policy of a gateway is left when the API server has rejected the rules of one application",
        clauses=("CHARM-MALFORMED-10",),
        apply=_nothing_after_a_rejection,
    ),
    Fault(
        name="opens-first",
        summary="policies are written in the wrong order: what opens first, what closes last",
        clauses=("CHARM-ORDER-01",),
        order=_backwards,
    ),
)
