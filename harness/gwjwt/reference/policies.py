"""Which policies a state calls for: a pure function, the documented behaviour of the charm profile.

Source: seed "Add JWT request authentication to your charm", sections "Integrate your charm with the ingress" and
"Multiple charms on the same gateway". All objects lie in the gateway's namespace and target the whole gateway.
"""

from __future__ import annotations

from typing import Any

from gwjwt.reference.resources import Relation, State
from gwjwt.rules import JWTRule
from gwjwt.words import GatewayName

LABELS = {"app.kubernetes.io/managed-by": "reference.gwjwt.dev"}
_AUTHORIZATION = "request.headers[authorization]"
_BEARER = "Bearer *"

Manifest = dict[str, Any]


def desired(state: State) -> list[Manifest]:
    """The policies of all gateways in the state.

    Two relations can ask for the same name, as ``a`` on ``b-c`` and ``a-b`` on ``c`` do. The first one in the order
    of the gateways has it; see ``losers`` for the others, which get nothing and keep their gateway closed.
    """
    wanted = []
    for gateway in state.gateways():
        trusted = [each for each in state.relations_of(gateway) if is_trusted(state, each)]
        provider = state.provider_of(gateway)
        if state.relations_of(gateway):
            wanted.append(deny_without_jwt(gateway, bearer_only=provider is not None))
        if provider:
            exempt = state.paths_without_login(gateway)
            wanted.append(_external_authorization(gateway, provider, exempt, exempt_bearer=bool(trusted)))
        wanted += [_request_authentication(each) for each in trusted]
    return wanted


def is_trusted(state: State, relation: Relation) -> bool:
    """Whether the relation's rules are in force."""
    return bool(relation.reading.rules) and holder(state, resource_name(relation)) == relation


def holder(state: State, name: str) -> Relation:
    """The relation to which a RequestAuthentication's name belongs."""
    claims = [each for each in state.relations if each.reading.rules and resource_name(each) == name]
    return min(claims, key=lambda each: (each.gateway, each.app))


def resource_name(relation: Relation) -> str:
    return f"request-auth-{relation.app.name}-{relation.gateway.name}"


def translate(rule: JWTRule) -> Manifest:
    """The rule as Istio's JWTRule; a field that is not given, or is an empty list, stays out."""
    translated = {
        "issuer": rule.issuer,
        "jwksUri": rule.jwks_uri,
        "audiences": rule.audiences or None,
        "forwardOriginalToken": rule.forward_original_token,
        "outputClaimToHeaders": [each.model_dump() for each in rule.claim_to_headers or ()] or None,
        "fromHeaders": [each.model_dump(exclude_none=True) for each in rule.from_headers or ()] or None,
    }
    return {field: value for field, value in translated.items() if value is not None}


def _request_authentication(relation: Relation) -> Manifest:
    spec = {"jwtRules": [translate(rule) for rule in relation.reading.rules]}
    return _policy("RequestAuthentication", resource_name(relation), relation.gateway, spec)


def deny_without_jwt(gateway: GatewayName, *, bearer_only: bool) -> Manifest:
    """The gateway's DENY of all requests, or of Bearer requests only, that have no validated principal."""
    rule: Manifest = {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}
    if bearer_only:
        rule["when"] = [{"key": _AUTHORIZATION, "values": [_BEARER]}]
    spec = {"action": "DENY", "rules": [rule]}
    return _policy("AuthorizationPolicy", f"deny-without-jwt-{gateway.name}", gateway, spec)


def _external_authorization(
    gateway: GatewayName, provider: str, exempt: list[str], *, exempt_bearer: bool
) -> Manifest:
    rule: Manifest = {}
    if exempt:
        below = [pattern for path in exempt for pattern in (path, f"{path}/*")]
        rule["to"] = [{"operation": {"notPaths": below}}]
    if exempt_bearer:
        rule["when"] = [{"key": _AUTHORIZATION, "notValues": [_BEARER]}]
    spec = {"action": "CUSTOM", "provider": {"name": provider}, "rules": [rule]}
    return _policy("AuthorizationPolicy", f"ext-authz-{gateway.name}", gateway, spec)


def _policy(kind: str, name: str, gateway: GatewayName, spec: Manifest) -> Manifest:
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway.name}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": gateway.namespace, "labels": dict(LABELS)},
        "spec": {"targetRefs": [target], **spec},
    }
