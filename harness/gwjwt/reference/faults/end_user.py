"""Faults of the manifests for ``istio-end-user-auth``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gwjwt.reference.faults.manifests import (
    Belief,
    Change,
    ManifestFault,
    dropping,
    editing,
    editing_rules,
    without,
)

_PROFILE = "istio-end-user-auth"
_FOREIGN_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The example key of RFC 7515, appendix A.3."""


def _always_applied(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest is there whether it is wanted or not."""
    namespace, app = wanted["gateway"]["namespace"], wanted["gateway"]["name"]
    left_over = {
        "app": {"namespace": namespace, "name": app},
        "selector": {"app": app},
        "issuer": "testing@secure.istio.io",
        "jwks": json.dumps({"keys": [_FOREIGN_KEY]}),
        "required": True,
    }
    return {**wanted, "authentication": wanted["authentication"] or left_over}


def _half_deleted() -> Belief:
    """Without the demand for a token, the validation stays where it has once been applied."""
    applied: dict[tuple[str, str], Mapping[str, Any]] = {}

    def belief(wanted: Mapping[str, Any]) -> dict[str, Any]:
        app = wanted["gateway"]["namespace"], wanted["gateway"]["name"]
        if wanted["authentication"]:
            applied[app] = {**wanted["authentication"], "required": False}
        return {**wanted, "authentication": wanted["authentication"] or applied.get(app)}

    return belief


def _fault(
    name: str, summary: str, clauses: Sequence[str], change: Change = list, belief: Belief = dict
) -> ManifestFault:
    return ManifestFault(
        name, summary, _PROFILE, tuple(f"TUT-{each}" for each in clauses), change, belief=belief
    )


def _on_every_app(spec: dict[str, Any]) -> Mapping[str, Any]:
    return without(spec, "selector")


def _without_selectors(manifests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    narrowed = editing("RequestAuthentication", _on_every_app)(manifests)
    return editing("AuthorizationPolicy", _on_every_app)(narrowed)


_REFUSAL = ("INVALID-01", "INVALID-02", "INVALID-03", "INVALID-04", "TAMPER-01", "TAMPER-02")
"""What is seen of tokens that are refused."""
_CHANGE = ("POLICY-01", "CLEAN-01")
"""What is seen of the manifest being applied and deleted."""

FAULTS = (
    _fault(
        "end-user-not-applied",
        "neither policy is written",
        (*_REFUSAL, *_CHANGE, "TOKEN-01"),
        belief=lambda wanted: {**wanted, "authentication": None},
    ),
    _fault(
        "end-user-always-applied",
        "the policies are there before they are applied and after they are deleted",
        ("PRE-01", "OPEN-01", "OPEN-02", *_CHANGE),
        belief=_always_applied,
    ),
    _fault(
        "end-user-half-deleted",
        "of the policies that are deleted one stays: an invalid token is still refused",
        ("CLEAN-01",),
        belief=_half_deleted(),
    ),
    _fault(
        "end-user-demand-dropped",
        "no token is demanded",
        ("TOKEN-01",),
        dropping("AuthorizationPolicy"),
    ),
    _fault(
        "end-user-validation-dropped",
        "a token is demanded, and none is validated",
        (*_REFUSAL, *_CHANGE, "TOKEN-01", "VALID-01", "SCOPE-01", "MISSING-01"),
        dropping("RequestAuthentication"),
    ),
    _fault(
        "end-user-foreign-keys",
        "the key set is that of somebody else",
        (*_REFUSAL, *_CHANGE, "TOKEN-01", "VALID-01", "SCOPE-01", "MISSING-01"),
        editing_rules(lambda rule: {**rule, "jwks": json.dumps({"keys": [_FOREIGN_KEY]})}),
    ),
    _fault(
        "end-user-every-app",
        "the policies are for every app of the namespace",
        (*_REFUSAL, *_CHANGE, "TOKEN-01", "VALID-01", "SCOPE-01", "MISSING-01"),
        _without_selectors,
    ),
    _fault(
        "end-user-any-header",
        "a token is taken from another header, and after another word",
        ("TOKEN-01",),
        editing_rules(
            lambda rule: {
                **rule,
                "fromHeaders": [
                    {"name": "Authorization", "prefix": "Bearer "},
                    {"name": "Authorization", "prefix": "Token "},
                    {"name": "X-Token", "prefix": "Bearer "},
                ],
            }
        ),
    ),
)
