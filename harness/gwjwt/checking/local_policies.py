"""Policies as the embedded gateway can enforce them, without a change of what they mean at the edge.

Source: Istio documentation, AuthorizationPolicy: ``AUDIT`` and dry runs enforce nothing; sources such as ``principals``
and ``namespaces`` come from the certificate of a peer in the mesh, which nobody has who calls from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gwjwt.checking.manifests import Found, Manifest
from gwjwt.checking.notes import Notes
from gwjwt.environments.embedded.gateway.translate import authorization, jwt
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, well_formed

_DRY_RUN = "istio.io/dry-run"
_PEERS = ("principals", "namespaces", "serviceAccounts")
_PEER_KEYS = ("source.principal", "source.namespace", "source.serviceAccount")


def is_dry_run(policy: Found) -> bool:
    annotations = policy.manifest["metadata"].get("annotations") or {}
    return str(annotations.get(_DRY_RUN, "")).lower() in ("true", "1", "t")


def action_of(policy: Found) -> str:
    return str(policy.spec.get("action") or "ALLOW")


def localized(policy: Found, notes: Notes) -> Manifest | None:
    """The AuthorizationPolicy to enforce; None if it enforces nothing, or nobody is here to ask."""
    if is_dry_run(policy):
        notes.leave_out("is a dry run, so Istio does not enforce it", policy)
        return None
    if action_of(policy) == "AUDIT":
        notes.leave_out("only audits", policy)
        return None
    if action_of(policy) == "CUSTOM":
        provider = (policy.spec.get("provider") or {}).get("name")
        notes.leave_out(f"asks the external authorizer {provider}, which is not here: taken out", policy)
        return None
    rules = policy.spec.get("rules")
    if not rules:
        return policy.manifest
    seen_from_outside = [each for rule in rules for each in _from_outside(rule)]
    if seen_from_outside != rules:
        notes.leave_out("calls from inside the mesh, which its sources are about", policy)
    return {**policy.manifest, "spec": {**policy.spec, "rules": seen_from_outside}}


def _from_outside(rule: Any) -> Iterator[Manifest]:
    """The rule for who has no certificate of the mesh; nothing if it is for others only."""
    if not rule:
        yield {}
        return
    sources = rule.get("from")
    conditions = list(_conditions(rule.get("when") or ()))
    if None in conditions:
        return
    kept = {key: value for key, value in rule.items() if key not in ("from", "when")}
    if conditions:
        kept["when"] = conditions
    if sources:
        remaining = [_without_peers(each.get("source") or {}) for each in sources]
        possible = [each for each in remaining if each is not None]
        if not possible:
            return
        if all(possible):  # an empty one is anybody
            kept["from"] = [{"source": each} for each in possible]
    yield kept


def _without_peers(source: Manifest) -> Manifest | None:
    if any(source.get(each) for each in _PEERS):
        return None
    negative = {f"not{each[0].upper()}{each[1:]}" for each in _PEERS}
    return {key: value for key, value in source.items() if key not in negative}


def _conditions(conditions: Iterable[Manifest]) -> Iterator[Manifest | None]:
    for each in conditions:
        if each.get("key") not in _PEER_KEYS:
            yield each
        elif each.get("values"):
            yield None


def unsupported(policy: Found, manifest: Manifest) -> str | None:
    """The field of a policy that the embedded gateway cannot express."""
    try:
        with well_formed():
            if policy.kind == "RequestAuthentication":
                jwt.rules_of(manifest)
            else:
                authorization.rules_of(manifest, port=80)
                authorization.action_of(manifest)
    except FieldNotSupported as error:
        return error.field
    return None
