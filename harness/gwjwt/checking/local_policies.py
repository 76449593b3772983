"""Policies as the embedded gateway can enforce them, without a change of what they mean at the edge.

Source: Istio documentation, AuthorizationPolicy: ``AUDIT`` and dry runs enforce nothing; sources such as ``principals``
and ``namespaces`` come from the certificate of a peer in the mesh, which nobody has who calls from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from gwjwt.checking.manifests import Found, Manifest
from gwjwt.checking.notes import Notes
from gwjwt.environments.embedded.gateway.translate import authorization, jwt
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, well_formed

_DRY_RUN = "istio.io/dry-run"
_PEERS = {each: f"not{each[0].upper()}{each[1:]}" for each in ("principals", "namespaces", "serviceAccounts")}
"""What a source says of the certificate of a peer, with its negation."""
_PEER_CONDITIONS = ("source.principal", "source.namespace", "source.serviceAccount")


def is_dry_run(policy: Found) -> bool:
    annotations = policy.manifest["metadata"].get("annotations") or {}
    return str(annotations.get(_DRY_RUN, "")).lower() in ("true", "1", "t")


def action_of(policy: Found) -> str:
    return str(policy.spec.get("action") or "ALLOW")


def localized(policy: Found, callers: Collection[str], notes: Notes) -> Manifest | None:
    """The AuthorizationPolicy to enforce; None if it enforces nothing, or nobody is here to ask.

    Args:
        policy: the object.
        callers: the namespaces of the gateways that call the pods which it reaches; empty if clients from outside do.
        notes: takes what is left out.
    """
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
    reduced = [each for rule in rules for each in _without_peers(rule or {}, callers)]
    if reduced != [rule or {} for rule in rules]:
        notes.leave_out(
            "calls from inside the mesh, but for the gateway's, which its sources are about", policy
        )
    return {**policy.manifest, "spec": {**policy.spec, "rules": reduced}}


def _without_peers(rule: Manifest, callers: Collection[str]) -> Iterator[Manifest]:
    """The rule as it is for these callers, without what it says of peers; nothing if it is for others only."""
    kept = {key: value for key, value in rule.items() if key not in ("from", "when")}
    conditions = []
    for each in rule.get("when") or ():
        if each.get("key") not in _PEER_CONDITIONS:
            conditions.append(each)
        elif not _holds(each.get("values"), each.get("notValues"), callers):
            return
    if conditions:
        kept["when"] = conditions
    sources = [each.get("source") or {} for each in rule.get("from") or ()]
    possible = [each for each in map(_reduced(callers), sources) if each is not None]
    if sources and not possible:
        return
    if possible and all(possible):  # an empty one is anybody
        kept["from"] = [{"source": each} for each in possible]
    yield kept


def _reduced(callers: Collection[str]) -> Callable[[Manifest], Manifest | None]:
    """A source without its conditions about peers; None if the callers do not meet them."""

    def reduce(source: Manifest) -> Manifest | None:
        for wanted, unwanted in _PEERS.items():
            if not _holds(source.get(wanted), source.get(unwanted), callers):
                return None
        about_peers = {*_PEERS, *_PEERS.values()}
        return {key: value for key, value in source.items() if key not in about_peers}

    return reduce


def _holds(
    wanted: Collection[str] | None, unwanted: Collection[str] | None, callers: Collection[str]
) -> bool:
    """Whether a caller is among the wanted peers, if there are any, and not among the unwanted ones."""
    if wanted and not any(_is_of(each, callers) for each in wanted):
        return False
    return not any(_is_of(each, callers) for each in unwanted or ())


def _is_of(peer: str, callers: Collection[str]) -> bool:
    """Whether a namespace, a principal or a service account can be that of a gateway in one of these namespaces."""
    if "/ns/" in peer:
        peer = peer.partition("/ns/")[2].partition("/")[0]
    namespace = peer.partition("/")[0]
    return bool(callers) and (namespace.startswith("*") or namespace in callers)


def goes_by_port(policy: Found) -> bool:
    """Whether a rule asks for the port of the pods, which is another one here."""
    rules = [each or {} for each in policy.spec.get("rules") or ()]
    operations = [each.get("operation") or {} for rule in rules for each in rule.get("to") or ()]
    conditions = [each.get("key") for rule in rules for each in rule.get("when") or ()]
    return "destination.port" in conditions or any(
        each.get("ports") or each.get("notPorts") for each in operations
    )


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
