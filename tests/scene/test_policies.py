from __future__ import annotations

from typing import Any

import pytest

from gwjwt.errors import ClauseViolated
from gwjwt.scene import policies
from gwjwt.words import GatewayName

FRONT = GatewayName("ns", "front")


def policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "AuthorizationPolicy", "metadata": {"name": name, "namespace": "ns"}, "spec": spec}


def by_reference(gateway: str) -> dict[str, Any]:
    return {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}]}


@pytest.mark.parametrize(
    "spec,reached",
    [
        (by_reference("front"), True),
        (by_reference("side"), False),
        ({"targetRefs": [{"kind": "Service", "name": "front"}]}, False),
        ({}, True),
        ({"selector": {"matchLabels": {"gateway.networking.k8s.io/gateway-name": "front"}}}, True),
        ({"selector": {"matchLabels": {"gateway.networking.k8s.io/gateway-name": "side"}}}, False),
        ({"selector": {"matchLabels": {"app": "backend"}}}, False),
    ],
)
def test_a_policy_reaches_a_gateway_by_reference_by_label_or_by_naming_nothing(
    spec: dict[str, Any], reached: bool
) -> None:
    assert bool(policies.reaching([policy("p", spec)], FRONT)) is reached


def test_the_policy_that_demands_a_jwt_is_found_by_what_it_matches() -> None:
    demanding = policy("a", {"action": "DENY", "rules": policies.ANY_REQUEST})
    other = policy("b", {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/x"]}}]}]})
    assert policies.demanding_jwt([demanding, other]) == [demanding]


BEARER = policies.BEARER_REQUEST[0]["when"][0]
OTHERS = {"key": BEARER["key"], "notValues": BEARER["values"]}


@pytest.mark.parametrize(
    "spec,stopped",
    [
        ({"action": "DENY", "rules": policies.ANY_REQUEST}, {True, False}),
        ({"action": "DENY", "rules": policies.BEARER_REQUEST}, {True}),
        ({"action": "CUSTOM", "rules": [{}]}, {True, False}),
        ({"action": "CUSTOM", "rules": [{"when": [OTHERS]}]}, {False}),
        ({"action": "CUSTOM", "rules": [{"to": [{"operation": {"notPaths": ["/open"]}}]}]}, {True, False}),
        ({"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/a"]}}]}]}, set()),
        ({"action": "DENY", "rules": [{"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}]}, set()),
        ({"action": "DENY", "rules": [{"when": [BEARER, {"key": "source.ip", "values": ["::1"]}]}]}, set()),
        ({"action": "DENY"}, set()),
        ({"action": "ALLOW", "rules": [{}]}, set()),
    ],
)
def test_what_a_policy_stops_is_what_it_stops_for_sure(spec: dict[str, Any], stopped: set[bool]) -> None:
    found = {
        bearer for bearer in (True, False) if policies.stops_unvalidated(policy("p", spec), bearer=bearer)
    }
    assert found == stopped


def test_a_policy_without_an_action_is_an_allow() -> None:
    plain = policy("a", {"rules": []})
    assert policies.with_action([plain], "ALLOW") == [plain]
    assert policies.with_action([plain], "DENY") == []


def test_what_is_missing_is_told_with_what_is_there_instead() -> None:
    with pytest.raises(
        ClauseViolated, match=r"exactly one DENY, found 0; there is: AuthorizationPolicy ns/other"
    ):
        policies.only([], "DENY", [policy("other", {})])
    with pytest.raises(ClauseViolated, match="there is nothing"):
        policies.only([], "DENY", [])
    with pytest.raises(ClauseViolated, match="expected no DENY; there is: AuthorizationPolicy ns/other"):
        policies.none_of([policy("other", {})], "DENY")
