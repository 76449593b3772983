"""Faults of the manifests for ``istio-ingress-jwt``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwjwt.reference.faults.manifests import (
    Change,
    Manifest,
    ManifestFault,
    dropping,
    editing,
    editing_rules,
    without,
)

_PROFILE = "istio-ingress-jwt"
_POLICIES = ("RequestAuthentication", "AuthorizationPolicy")


def _requiring(principals: Sequence[str]) -> Change:
    rules = [{"from": [{"source": {"requestPrincipals": list(principals)}}]}]
    return editing("AuthorizationPolicy", lambda spec: {**spec, "rules": rules})


def _for_the_subject_that_is_the_issuer(spec: dict[str, Any]) -> dict[str, Any]:
    [pattern] = spec["rules"][0]["from"][0]["source"]["requestPrincipals"]
    issuer = pattern.removesuffix("/*")
    if issuer == pattern:
        return spec
    return {**spec, "rules": [{"from": [{"source": {"requestPrincipals": [f"{issuer}/{issuer}"]}}]}]}


def _also(rule: Mapping[str, Any]) -> Change:
    return editing("AuthorizationPolicy", lambda spec: {**spec, "rules": [*spec["rules"], rule]})


def _beside_the_app(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The policies moved to where the first app is."""
    place = next(each["metadata"]["namespace"] for each in manifests if each["kind"] == "VirtualService")

    def moved(each: Manifest) -> Manifest:
        if each["kind"] not in _POLICIES:
            return each
        return {**each, "metadata": {**each["metadata"], "namespace": place}}

    return [moved(each) for each in manifests]


def _on_every_app_too(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Each policy once more for the workloads of the namespace that the apps are in."""
    place = next(each["metadata"]["namespace"] for each in manifests if each["kind"] == "VirtualService")
    copies = [
        {
            **each,
            "metadata": {**each["metadata"], "name": f"{each['metadata']['name']}-again", "namespace": place},
            "spec": without(each["spec"], "selector"),
        }
        for each in manifests
        if each["kind"] in _POLICIES and each["metadata"]["namespace"] != place
    ]
    return [*manifests, *copies]


def _issuer_in_every_header(rule: dict[str, Any]) -> dict[str, Any]:
    mappings = [{**each, "claim": "iss"} for each in rule.get("outputClaimToHeaders", ())]
    return {**rule, "outputClaimToHeaders": mappings} if mappings else rule


def _for_one_address(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "hosts": ["127.0.0.1"]} if spec["hosts"] == ["*"] else spec


def _fault(name: str, summary: str, clauses: Sequence[str], change: Change) -> ManifestFault:
    return ManifestFault(name, summary, _PROFILE, tuple(f"ISTIO-{each}" for each in clauses), change)


_DEMAND = (
    "NOTOKEN-01",
    "VALIDTOKEN-01",
    "GOAL-01",
    "BEFORE-01",
    "FLOW-01",
    "ALLOW-01",
    "ALLOW-03",
    "ALLOW-04",
    "ALLOW-05",
    "GW-02",
    "GW-03",
    "INTERNAL-04",
    "PLACE-01",
)
"""What is seen where a token is demanded at the gateway."""
_VALIDATION = ("VALID-01", "VALID-02", "VALID-03", "VALID-04", "PROPAGATE-01", "RA-01", "RA-02", "RA-03")
"""What is seen where tokens are validated at the gateway."""

FAULTS = (
    _fault(
        "ingress-allow-dropped",
        "no AuthorizationPolicy is written",
        (*_DEMAND, "VALID-03"),
        dropping("AuthorizationPolicy"),
    ),
    _fault(
        "ingress-trust-dropped",
        "no RequestAuthentication is written",
        (*_DEMAND, *_VALIDATION, "ALLOW-02"),
        dropping("RequestAuthentication"),
    ),
    _fault(
        "ingress-policies-elsewhere",
        "the policies are beside the app",
        (*_DEMAND, *_VALIDATION),
        _beside_the_app,
    ),
    _fault(
        "ingress-anybody-allowed",
        "every request principal is allowed",
        ("ALLOW-02", "ALLOW-03", "ALLOW-04"),
        _requiring(["*"]),
    ),
    _fault(
        "ingress-subject-is-issuer",
        "only the subject is allowed that has the issuer's name",
        (*_DEMAND, "ALLOW-02", "VALID-01", "VALID-02", "VALID-03", "VALID-04", "PROPAGATE-01"),
        editing("AuthorizationPolicy", _for_the_subject_that_is_the_issuer),
    ),
    _fault(
        "ingress-host-forgotten",
        "another host of the gateway is open",
        ("GW-03",),
        _also({"to": [{"operation": {"hosts": ["reports.example.com"]}}]}),
    ),
    _fault(
        "ingress-selector-dropped",
        "the RequestAuthentication is for all workloads of its namespace",
        ("GW-02", "RA-01", "RA-02"),
        editing("RequestAuthentication", lambda spec: without(spec, "selector")),
    ),
    _fault(
        "ingress-mesh-too",
        "the policies are on the apps' workloads too",
        ("GW-02", "INTERNAL-04", "PLACE-01"),
        _on_every_app_too,
    ),
    _fault(
        "ingress-one-host",
        "the VirtualService is for one host",
        ("GW-01",),
        editing("VirtualService", _for_one_address),
    ),
    _fault(
        "ingress-audiences-dropped",
        "configured audiences are left out",
        ("VALID-03",),
        editing_rules(lambda rule: without(rule, "audiences")),
    ),
    _fault(
        "ingress-claims-dropped",
        "claims are not mapped to headers, and tokens always forwarded",
        ("VALID-04", "PROPAGATE-01"),
        editing_rules(lambda rule: {**without(rule, "outputClaimToHeaders"), "forwardOriginalToken": True}),
    ),
    _fault(
        "ingress-token-never-forwarded",
        "the token is not forwarded, and a claim that nobody asked for is mapped",
        ("VALID-04", "PROPAGATE-01"),
        editing_rules(
            lambda rule: {
                **without(rule, "forwardOriginalToken"),
                "outputClaimToHeaders": [{"header": "x-issuer", "claim": "iss"}],
            }
        ),
    ),
    _fault(
        "ingress-wrong-claim",
        "the mapped header gets the issuer instead of the claim that was asked for",
        ("VALID-04", "PROPAGATE-01"),
        editing_rules(_issuer_in_every_header),
    ),
    _fault(
        "ingress-token-required",
        "a request without a token is denied wherever tokens are validated",
        ("RA-02", "RA-03", "GW-02", "VALID-03"),
        lambda manifests: [
            *manifests,
            *(
                {
                    **each,
                    "kind": "AuthorizationPolicy",
                    "metadata": {**each["metadata"], "name": f"{each['metadata']['name']}-required"},
                    "spec": {
                        "selector": each["spec"]["selector"],
                        "action": "DENY",
                        "rules": [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}],
                    },
                }
                for each in manifests
                if each["kind"] == "RequestAuthentication"
            ),
        ],
    ),
)
