"""RequestAuthentications as Envoy's jwt_authn filter.

Source: Istio documentation, RequestAuthentication and JWTRule; the merge of several rules as istiod does it:
sorted by issuer; either one rule finds a valid token, or every rule finds a valid one or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from envoy.config.core.v3 import base_pb2
from envoy.config.route.v3 import route_components_pb2 as route
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from google.protobuf import empty_pb2

from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.environments.embedded.gateway.translate.matchers import JWT_FILTER, PAYLOAD

_RULE_FIELDS = frozenset(
    {
        "issuer",
        "audiences",
        "jwksUri",
        "jwks",
        "fromHeaders",
        "fromParams",
        "fromCookies",
        "outputPayloadToHeader",
        "outputClaimToHeaders",
        "forwardOriginalToken",
        "spaceDelimitedClaims",
        "timeout",
    }
)
_SPACE_DELIMITED = ("permission", "scope")


@dataclass(frozen=True, order=True)
class KeySource:
    """Where the keys of a rule come from when they are not in the rule itself."""

    issuer: str
    jwks_uri: str
    """Empty: to be found at ``<issuer>/.well-known/openid-configuration``."""
    timeout: float = 5.0
    """Seconds for a fetch, as of istiod (Istio documentation, JWTRule ``timeout``)."""


def rules_of(request_authentication: Manifest) -> list[Manifest]:
    """The object's rules after a check that all their fields are known."""
    spec = request_authentication.get("spec") or {}
    only(spec, ("jwtRules", "targetRefs", "targetRef", "selector"), "spec")
    rules: list[Manifest] = list(spec.get("jwtRules") or ())
    for i, rule in enumerate(rules):
        only(rule, _RULE_FIELDS, f"spec.jwtRules[{i}]")
        if not rule.get("issuer"):
            raise FieldNotSupported(f"spec.jwtRules[{i}] without issuer")
    return rules


def key_source(rule: Manifest) -> KeySource | None:
    """Where to fetch the rule's keys; None if it carries them."""
    if rule.get("jwks"):
        return None
    timeout = rule.get("timeout")
    source = KeySource(rule["issuer"], rule.get("jwksUri") or "")
    return replace(source, timeout=_seconds(timeout)) if timeout else source


def jwt_filter(rules: Iterable[Manifest], key_sets: Mapping[KeySource, str]) -> hcm.HttpFilter | None:
    """Build the filter for all rules of a gateway, or None without rules.

    Args:
        rules: the ``jwtRules`` of all RequestAuthentications that reach the gateway.
        key_sets: JWKS documents for every rule that does not carry its own.
    """
    ordered = sorted(rules, key=lambda rule: str(rule["issuer"]))
    if not ordered:
        return None
    names = [f"origins-{i}" for i in range(len(ordered))]
    config = jwt_authn.JwtAuthentication(
        providers={name: _provider(rule, key_sets) for name, rule in zip(names, ordered, strict=True)},
        rules=[
            jwt_authn.RequirementRule(match=route.RouteMatch(prefix="/"), requires=_requirement(names)),
        ],
        bypass_cors_preflight=True,
    )
    return hcm.HttpFilter(name=JWT_FILTER, typed_config=pack(config))


def _seconds(duration: str) -> float:
    """Read a duration as protobuf writes it in JSON: ``1.5s``."""
    if not duration.endswith("s"):
        raise ValueError(f"{duration} is no duration in seconds")
    return float(duration[:-1])


def _requirement(names: list[str]) -> jwt_authn.JwtRequirement:
    missing = jwt_authn.JwtRequirement(allow_missing=empty_pb2.Empty())
    one_of = [jwt_authn.JwtRequirement(provider_name=name) for name in names]
    valid_or_missing = [_any_of([each, missing]) for each in one_of]
    if len(names) == 1:
        return valid_or_missing[0]
    every_one = jwt_authn.JwtRequirement(
        requires_all=jwt_authn.JwtRequirementAndList(requirements=valid_or_missing)
    )
    return _any_of([*one_of, every_one])


def _any_of(requirements: list[jwt_authn.JwtRequirement]) -> jwt_authn.JwtRequirement:
    return jwt_authn.JwtRequirement(requires_any=jwt_authn.JwtRequirementOrList(requirements=requirements))


def _provider(rule: Manifest, key_sets: Mapping[KeySource, str]) -> jwt_authn.JwtProvider:
    source = key_source(rule)
    keys = rule["jwks"] if source is None else key_sets[source]
    delimited = sorted({*_SPACE_DELIMITED, *(rule.get("spaceDelimitedClaims") or ())})
    return jwt_authn.JwtProvider(
        issuer=rule["issuer"],
        audiences=rule.get("audiences") or (),
        local_jwks=base_pb2.DataSource(inline_string=keys),
        forward=bool(rule.get("forwardOriginalToken")),
        forward_payload_header=rule.get("outputPayloadToHeader") or "",
        from_headers=[
            jwt_authn.JwtHeader(name=each["name"], value_prefix=each.get("prefix") or "")
            for each in rule.get("fromHeaders") or ()
        ],
        from_params=rule.get("fromParams") or (),
        from_cookies=rule.get("fromCookies") or (),
        claim_to_headers=[
            jwt_authn.JwtClaimToHeader(header_name=each["header"], claim_name=each["claim"])
            for each in rule.get("outputClaimToHeaders") or ()
        ],
        payload_in_metadata=PAYLOAD,
        normalize_payload_in_metadata=jwt_authn.JwtProvider.NormalizePayload(
            space_delimited_claims=delimited
        ),
        clear_route_cache=True,
    )
