"""One rule of an AuthorizationPolicy as an Envoy RBAC policy.

Source: Istio documentation, AuthorizationPolicy and "Authorization Policy Conditions"; the translation
follows istiod: the conditions of a rule are ANDed, values of one condition ORed, ``not`` values negated as a
whole.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeAlias

from envoy.config.core.v3 import address_pb2
from envoy.config.rbac.v3 import rbac_pb2
from envoy.type.matcher.v3 import string_pb2
from google.protobuf import wrappers_pb2

from gwjwt.environments.embedded.gateway.translate import matchers
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only

Permission: TypeAlias = rbac_pb2.Permission
Principal: TypeAlias = rbac_pb2.Principal
_PrincipalsOf: TypeAlias = Callable[[Sequence[str]], list[Principal]]

_HEADER = "request.headers"
_CLAIM = "request.auth.claims"

ANYONE = Principal(any=True)
ANYTHING = Permission(any=True)
EVERY_REQUEST = rbac_pb2.Policy(permissions=[ANYTHING], principals=[ANYONE])
NO_REQUEST = rbac_pb2.Policy(
    permissions=[Permission(not_rule=ANYTHING)], principals=[Principal(not_id=ANYONE)]
)


def rule_policy(rule: Manifest, path: str, port: int) -> rbac_pb2.Policy:
    """Translate one rule for the listener that the Gateway declares on ``port``.

    Raises:
        FieldNotSupported: with the path of the field, which starts with ``path``.
    """
    only(rule, ("from", "to", "when"), path)
    when_who: list[Principal] = []
    when_what: list[Permission] = []
    for i, condition in enumerate(rule.get("when") or ()):
        where = f"{path}.when[{i}]"
        only(condition, ("key", "values", "notValues"), where)
        values, excluded = condition.get("values") or [], condition.get("notValues") or []
        if condition["key"] == "destination.port":
            when_what += _what(_ports_of(port, where), values, excluded)
        else:
            when_who += _who(_attribute(condition["key"], where), values, excluded)
    sources = [
        _source(each.get("source") or {}, f"{path}.from[{i}].source")
        for i, each in enumerate(rule.get("from") or ())
    ]
    operations = [
        _operation(each.get("operation") or {}, f"{path}.to[{i}].operation", port)
        for i, each in enumerate(rule.get("to") or ())
    ]
    return rbac_pb2.Policy(
        permissions=[_all_permissions(each + when_what) for each in operations or [[]]],
        principals=[_all_principals(each + when_who) for each in sources or [[]]],
    )


def _source(source: Manifest, path: str) -> list[Principal]:
    kinds: dict[str, tuple[str, _PrincipalsOf]] = {
        "requestPrincipals": ("notRequestPrincipals", _request_principals),
        "ipBlocks": (
            "notIpBlocks",
            lambda blocks: [Principal(direct_remote_ip=_cidr(b, path)) for b in blocks],
        ),
        "remoteIpBlocks": (
            "notRemoteIpBlocks",
            lambda blocks: [Principal(remote_ip=_cidr(b, path)) for b in blocks],
        ),
    }
    only(source, {*kinds, *(negative for negative, _ in kinds.values())}, path)
    found: list[Principal] = []
    for positive, (negative, principals_of) in kinds.items():
        found += _who(principals_of, source.get(positive) or [], source.get(negative) or [])
    return found


def _operation(operation: Manifest, path: str, port: int) -> list[Permission]:
    kinds: dict[str, tuple[str, Callable[[str], Permission]]] = {
        "hosts": ("notHosts", lambda each: Permission(header=matchers.host(each))),
        "methods": ("notMethods", lambda each: Permission(header=matchers.header(":method", each))),
        "paths": ("notPaths", lambda each: _path(each, path)),
        "ports": ("notPorts", lambda each: _port(each, port, path)),
    }
    only(operation, {*kinds, *(negative for negative, _ in kinds.values())}, path)
    found: list[Permission] = []
    for positive, (negative, permission_of) in kinds.items():

        def permissions_of(
            values: Sequence[str], of: Callable[[str], Permission] = permission_of
        ) -> list[Permission]:
            return [of(each) for each in values]

        found += _what(permissions_of, operation.get(positive) or [], operation.get(negative) or [])
    return found


def _attribute(key: str, path: str) -> _PrincipalsOf:
    """What ``when`` can ask about the client."""
    if key == "source.ip":
        return lambda values: [Principal(direct_remote_ip=_cidr(each, path)) for each in values]
    if key == "remote.ip":
        return lambda values: [Principal(remote_ip=_cidr(each, path)) for each in values]
    if key == "request.auth.principal":
        return _request_principals
    claims = _claim_names(key)
    if claims:
        return lambda values: [Principal(metadata=matchers.claim_has_any(claims, list(values)))]
    if key.startswith(f"{_HEADER}[") and key.endswith("]"):
        name = key[len(_HEADER) + 1 : -1]
        return lambda values: [Principal(header=matchers.header(name, each)) for each in values]
    raise FieldNotSupported(f"{path}.key {key}")


def _claim_names(key: str) -> list[str]:
    if key == "request.auth.audiences":
        return ["aud"]
    if key == "request.auth.presenter":
        return ["azp"]
    if key.startswith(f"{_CLAIM}[") and key.endswith("]"):
        return key[len(_CLAIM) + 1 : -1].split("][")
    return []


def _request_principals(patterns: Sequence[str]) -> list[Principal]:
    return [_request_principal(pattern) for pattern in patterns]


def _request_principal(pattern: str) -> Principal:
    """Match ``iss/sub``, split at the last slash since an issuer may be a URL; both claims must be there."""
    issuer, slash, subject = pattern.rpartition("/")
    if not slash:
        issuer, subject = pattern, ""
    exact = string_pb2.StringMatcher
    if pattern == "*":
        wanted_issuer, wanted_subject = matchers.ANY_TEXT, matchers.ANY_TEXT
    elif pattern.startswith("*"):
        wanted_issuer = matchers.text(issuer) if slash else matchers.ANY_TEXT
        wanted_subject = exact(exact=subject) if slash else matchers.text(pattern)
    elif pattern.endswith("*"):
        wanted_issuer = exact(exact=issuer) if slash else matchers.text(pattern)
        wanted_subject = matchers.text(subject) if slash else matchers.ANY_TEXT
    else:
        wanted_issuer, wanted_subject = exact(exact=issuer), exact(exact=subject)
    return _all_principals(
        [
            Principal(metadata=matchers.claim_text("iss", wanted_issuer)),
            Principal(metadata=matchers.claim_text("sub", wanted_subject)),
        ]
    )


def _path(pattern: str, path: str) -> Permission:
    if "{*}" in pattern or "{**}" in pattern:
        raise FieldNotSupported(f"{path}.paths with the template {pattern}")
    return Permission(url_path=matchers.path(pattern))


def _port(wanted: str, port: int, path: str) -> Permission:
    """Compare with the port that the Gateway declares: Envoy binds another one here."""
    try:
        matches = int(wanted) == port
    except ValueError as error:
        raise FieldNotSupported(f"{path}.ports with {wanted!r}") from error
    return ANYTHING if matches else Permission(not_rule=ANYTHING)


def _ports_of(port: int, path: str) -> Callable[[Sequence[str]], list[Permission]]:
    return lambda wanted: [_port(each, port, path) for each in wanted]


def _cidr(block: str, path: str) -> address_pb2.CidrRange:
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError as error:
        raise FieldNotSupported(f"{path} with the address {block!r}") from error
    return address_pb2.CidrRange(
        address_prefix=str(network.network_address),
        prefix_len=wrappers_pb2.UInt32Value(value=network.prefixlen),
    )


def _who(principals_of: _PrincipalsOf, values: Sequence[str], excluded: Sequence[str]) -> list[Principal]:
    found = []
    if values:
        found.append(_any_principal(principals_of(values)))
    if excluded:
        found.append(Principal(not_id=_any_principal(principals_of(excluded))))
    return found


def _what(
    permissions_of: Callable[[Sequence[str]], list[Permission]],
    values: Sequence[str],
    excluded: Sequence[str],
) -> list[Permission]:
    found = []
    if values:
        found.append(_any_permission(permissions_of(values)))
    if excluded:
        found.append(Permission(not_rule=_any_permission(permissions_of(excluded))))
    return found


def _any_principal(principals: list[Principal]) -> Principal:
    return principals[0] if len(principals) == 1 else Principal(or_ids=Principal.Set(ids=principals))


def _all_principals(principals: list[Principal]) -> Principal:
    return Principal(and_ids=Principal.Set(ids=principals or [ANYONE]))


def _any_permission(permissions: list[Permission]) -> Permission:
    return permissions[0] if len(permissions) == 1 else Permission(or_rules=Permission.Set(rules=permissions))


def _all_permissions(permissions: list[Permission]) -> Permission:
    return Permission(and_rules=Permission.Set(rules=permissions or [ANYTHING]))
