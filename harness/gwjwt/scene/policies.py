"""Judging the two kinds of resources that an operator can read back.

Sources: seed "Add JWT request authentication to your charm", sections "Integrate your charm with the ingress" and
"Understand the gateway-wide scope"; Istio's reference of RequestAuthentication and AuthorizationPolicy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from gwjwt.drivers.protocol import Manifest
from gwjwt.errors import ClauseViolated
from gwjwt.words import GatewayName

GATEWAY_GROUP = "gateway.networking.k8s.io"
_AUTHORIZATION = "request.headers[authorization]"
_BEARER_VALUES = ["Bearer *"]
ANY_REQUEST: list[dict[str, Any]] = [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}]
BEARER_REQUEST = [{**ANY_REQUEST[0], "when": [{"key": _AUTHORIZATION, "values": _BEARER_VALUES}]}]


def name_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def namespace_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["namespace"])


def reaching(manifests: Iterable[Manifest], gateway: GatewayName) -> list[Manifest]:
    """The policies that apply to a gateway: those that reference it, and those that reference nothing at all."""
    return [manifest for manifest in manifests if _reaches(manifest, gateway)]


def _reaches(manifest: Manifest, gateway: GatewayName) -> bool:
    spec = manifest.get("spec", {})
    references = spec.get("targetRefs", [])
    if references:
        return any(
            reference.get("kind") == "Gateway" and reference.get("name") == gateway.name
            for reference in references
        )
    labels = spec.get("selector", {}).get("matchLabels", {})
    return not labels or labels.get(f"{GATEWAY_GROUP}/gateway-name") == gateway.name


def demanding_jwt(policies: Iterable[Manifest]) -> list[Manifest]:
    """The policies that look for requests without a validated principal."""
    return [
        policy
        for policy in policies
        if any(_without_principal(rule) for rule in policy.get("spec", {}).get("rules", []))
    ]


def _without_principal(rule: dict[str, Any]) -> bool:
    return any("notRequestPrincipals" in source.get("source", {}) for source in rule.get("from", []))


def stops_unvalidated(policy: Manifest, *, bearer: bool) -> bool:
    """Whether a request without a validated principal, with a Bearer value or without, does not get past the policy.

    A DENY refuses it, a CUSTOM hands it to the external authorizer. What a rule says beyond principals, Bearer values
    and paths that it leaves out narrows it in a way that this cannot see through, so such a rule stops nothing.
    """
    spec = policy.get("spec", {})
    return spec.get("action") in {"DENY", "CUSTOM"} and any(
        _matches_unvalidated(rule, bearer=bearer) for rule in spec.get("rules", [])
    )


def _matches_unvalidated(rule: dict[str, Any], *, bearer: bool) -> bool:
    conditions = {True: {"values": _BEARER_VALUES}, False: {"notValues": _BEARER_VALUES}}
    return (
        rule.get("from", ANY_REQUEST[0]["from"]) == ANY_REQUEST[0]["from"]
        and all(set(each["operation"]) <= {"notPaths"} for each in rule.get("to", []))
        and all(each == {"key": _AUTHORIZATION, **conditions[bearer]} for each in rule.get("when", []))
    )


def with_action(policies: Iterable[Manifest], action: str) -> list[Manifest]:
    """AuthorizationPolicies by action; a policy that names none is an ALLOW."""
    return [policy for policy in policies if policy.get("spec", {}).get("action", "ALLOW") == action]


def rules_of(manifest: Manifest) -> list[dict[str, Any]]:
    return list(manifest.get("spec", {}).get("jwtRules", []))


def only_rule_of(manifest: Manifest) -> dict[str, Any]:
    """The single rule of a RequestAuthentication.

    Raises:
        ClauseViolated: it has none, or more than one.
    """
    rules = rules_of(manifest)
    if len(rules) != 1:
        raise ClauseViolated(f"expected exactly one rule in {name_of(manifest)}, found {len(rules)}")
    return rules[0]


def issuers_of(manifest: Manifest) -> list[str]:
    return [rule.get("issuer", "") for rule in rules_of(manifest)]


def only(manifests: Sequence[Manifest], what: str, among: Iterable[Manifest]) -> Manifest:
    """The single manifest of a list.

    Raises:
        ClauseViolated: there is none or more than one; names what is there instead.
    """
    if len(manifests) != 1:
        raise ClauseViolated(f"expected exactly one {what}, found {len(manifests)}; there {listing(among)}")
    return manifests[0]


def none_of(manifests: Sequence[Manifest], what: str) -> None:
    if manifests:
        raise ClauseViolated(f"expected no {what}; there {listing(manifests)}")


def require_equal(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise ClauseViolated(f"{what}: expected {json.dumps(expected)}, found {json.dumps(found)}")


def listing(manifests: Iterable[Manifest]) -> str:
    names = sorted(
        f"{manifest.get('kind', '?')} {namespace_of(manifest)}/{name_of(manifest)}" for manifest in manifests
    )
    return f"is: {', '.join(names)}" if names else "is nothing"
