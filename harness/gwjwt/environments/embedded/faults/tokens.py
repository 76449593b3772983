"""Gateways that validate tokens wrongly, or look for them in the wrong place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.config.rbac.v3 import rbac_pb2
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.type.matcher.v3 import string_pb2

from gwjwt.environments.embedded.faults.exempting import admit_matching
from gwjwt.environments.embedded.faults.wrong import (
    Manager,
    Snapshot,
    WrongGateway,
    edit_providers,
    edit_validation,
    insert,
    providers_of,
    reading_rules,
    rules_of,
)
from gwjwt.environments.embedded.gateway.keysets import keys_of_nobody
from gwjwt.environments.embedded.gateway.translate import matchers
from gwjwt.environments.embedded.gateway.translate.authorization import rbac_filter
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.jwt import KeySource

_YEARS = 2_000_000_000
"""Seconds, more than any clock is off."""
_HOUR = 3600
"""Seconds, more than RFC 7519 calls a small leeway."""


def _lenient_by(seconds: int) -> Any:
    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        def change(provider: jwt_authn.JwtProvider) -> None:
            provider.clock_skew_seconds = seconds

        edit_providers(manager, change)

    return configure


def _without(*names: str) -> Any:
    return reading_rules(lambda rule: {key: value for key, value in rule.items() if key not in names})


def _first_audience(rule: dict[str, Any]) -> Manifest:
    return {**rule, "audiences": rule["audiences"][:1]} if rule.get("audiences") else rule


def _issuer_as_audience(rule: dict[str, Any]) -> Manifest:
    return rule if rule.get("audiences") else {**rule, "audiences": [rule["issuer"]]}


def _keys_of(provider: jwt_authn.JwtProvider) -> list[Any]:
    keys: list[Any] = json.loads(provider.local_jwks.inline_string)["keys"]
    return keys


def _give_keys(provider: jwt_authn.JwtProvider, keys: list[Any]) -> None:
    found = json.dumps({"keys": keys}) if keys else keys_of_nobody(KeySource(provider.issuer, ""))
    provider.local_jwks.CopyFrom(base_pb2.DataSource(inline_string=found))


def _all_keys(manager: Manager, _snapshot: Snapshot) -> None:
    everyone = [key for provider in providers_of(manager) for key in _keys_of(provider)]
    edit_providers(manager, lambda provider: _give_keys(provider, everyone))


def _first_key(manager: Manager, _snapshot: Snapshot) -> None:
    edit_providers(manager, lambda provider: _give_keys(provider, _keys_of(provider)[:1]))


def _no_discovered_keys(snapshot: Snapshot) -> Snapshot:
    named = {
        source: text if source.jwks_uri else keys_of_nobody(source)
        for source, text in snapshot.key_sets.items()
    }
    return replace(snapshot, key_sets=named)


def _any_issuer(manager: Manager, _snapshot: Snapshot) -> None:
    edit_providers(manager, lambda provider: provider.ClearField("issuer"))


def _issuers_that_begin_alike(manager: Manager, snapshot: Snapshot) -> None:
    """Look at the keys alone, then refuse whom no rule's issuer is the beginning of."""
    issuers = sorted({rule["issuer"] for rule in rules_of(snapshot)})
    if not issuers:
        return
    _any_issuer(manager, snapshot)
    alike = [
        rbac_pb2.Principal(metadata=matchers.claim_text("iss", string_pb2.StringMatcher(prefix=each)))
        for each in issuers
    ]
    named = rbac_pb2.Principal(metadata=matchers.claim_text("iss", matchers.ANY_TEXT))
    other = rbac_pb2.Principal(not_id=rbac_pb2.Principal(or_ids=rbac_pb2.Principal.Set(ids=alike)))
    principals = [rbac_pb2.Principal(and_ids=rbac_pb2.Principal.Set(ids=[named, other]))]
    policy = rbac_pb2.Policy(permissions=[rbac_pb2.Permission(any=True)], principals=principals)
    rules = rbac_pb2.RBAC(action=rbac_pb2.RBAC.DENY, policies={"issuer-begins-otherwise": policy})
    insert(manager, rbac_filter(rules=rules), -1)


def _admit_bearer(pattern: str) -> Any:
    value = string_pb2.StringMatcher(safe_regex=matchers.regex(pattern).safe_regex)

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        admit_matching(manager, "authorization", value)

    return configure


def _is_without_keys(rule: Manifest, snapshot: Snapshot) -> bool:
    return any(
        source.issuer == rule["issuer"] and text == keys_of_nobody(source)
        for source, text in snapshot.key_sets.items()
    )


def _open_without_keys(snapshot: Snapshot) -> Snapshot:
    """Validate and demand nothing while the keys of some rule could not be fetched."""
    if not any(_is_without_keys(rule, snapshot) for rule in rules_of(snapshot)):
        return snapshot
    return replace(snapshot, request_authentications=(), authorization_policies=())


def _default_place(rule: dict[str, Any]) -> Manifest:
    return {key: value for key, value in rule.items() if key != "fromHeaders"}


def _first_place(rule: dict[str, Any]) -> Manifest:
    return {**rule, "fromHeaders": rule["fromHeaders"][:1]} if rule.get("fromHeaders") else rule


def _always_bearer_too(rule: dict[str, Any]) -> Manifest:
    bearer = {"name": "Authorization", "prefix": "Bearer "}
    return {**rule, "fromHeaders": [*rule["fromHeaders"], bearer]} if rule.get("fromHeaders") else rule


def _prefix_everywhere(rule: dict[str, Any]) -> Manifest:
    places = [{"name": each["name"], "prefix": "Bearer "} for each in rule.get("fromHeaders") or ()]
    return {**rule, "fromHeaders": places} if places else rule


def _other_header(rule: dict[str, Any]) -> Manifest:
    places = rule.get("fromHeaders") or [{"name": "Authorization", "prefix": "Bearer "}]
    return {**rule, "fromHeaders": [{**each, "name": f"x-{each['name']}"} for each in places]}


def _first_policy(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, request_authentications=snapshot.request_authentications[:1])


def _first_rule(snapshot: Snapshot) -> Snapshot:
    return replace(
        snapshot,
        request_authentications=tuple(
            {**each, "spec": {**each["spec"], "jwtRules": each["spec"]["jwtRules"][:1]}}
            for each in snapshot.request_authentications
        ),
    )


def _of_one_rule_for_all(snapshot: Snapshot) -> Snapshot:
    audiences = next((rule["audiences"] for rule in rules_of(snapshot) if rule.get("audiences")), None)
    if audiences is None:
        return snapshot
    return reading_rules(lambda rule: {**rule, "audiences": audiences})(snapshot)


def invalid_as_missing(manager: Manager, _snapshot: Snapshot) -> None:
    """Treat a request with an invalid token as one without any."""

    def change(authentication: jwt_authn.JwtAuthentication) -> None:
        for rule in authentication.rules:
            rule.requires.CopyFrom(_allowing_failed(rule.requires))

    edit_validation(manager, change)


def _allowing_failed(requirement: jwt_authn.JwtRequirement) -> jwt_authn.JwtRequirement:
    failed = jwt_authn.JwtRequirement()
    failed.allow_missing_or_failed.SetInParent()
    either = jwt_authn.JwtRequirementOrList(requirements=[requirement, failed])
    return jwt_authn.JwtRequirement(requires_any=either)


def _keys_backwards(manager: Manager, _snapshot: Snapshot) -> None:
    edit_providers(manager, lambda provider: _give_keys(provider, _keys_of(provider)[::-1]))


def _elliptic_keys(manager: Manager, _snapshot: Snapshot) -> None:
    def change(provider: jwt_authn.JwtProvider) -> None:
        _give_keys(provider, [key for key in _keys_of(provider) if key.get("kty") == "EC"])

    edit_providers(manager, change)


GATEWAYS = (
    WrongGateway("clock-ignored", configure=_lenient_by(_YEARS)),
    WrongGateway("hour-of-grace", configure=_lenient_by(_HOUR)),
    WrongGateway("nothing-after-bearer-passes", configure=_admit_bearer("Bearer *")),
    WrongGateway("shape-of-a-jwt-suffices", configure=_admit_bearer(r"Bearer [^.]+\.[^.]+\.[^.]+")),
    WrongGateway("no-jwt-passes", configure=_admit_bearer(r"Bearer ([^.]*|[^.]*\.[^.]*|.*\..*\..*\..*)")),
    WrongGateway("unsigned-passes", configure=_admit_bearer(r"Bearer [^.]+\.[^.]+\.")),
    WrongGateway("audience-ignored", read=_without("audiences")),
    WrongGateway("first-audience-only", read=reading_rules(_first_audience)),
    WrongGateway("audience-demanded-unasked", read=reading_rules(_issuer_as_audience)),
    WrongGateway("audience-of-another-rule", read=_of_one_rule_for_all),
    WrongGateway("any-known-key", configure=_all_keys),
    WrongGateway("first-key-only", configure=_first_key),
    WrongGateway("keys-backwards", configure=_keys_backwards),
    WrongGateway("elliptic-keys-only", configure=_elliptic_keys),
    WrongGateway("nothing-discovered", read=_no_discovered_keys),
    WrongGateway("open-without-keys", read=_open_without_keys),
    WrongGateway("issuer-ignored", configure=_any_issuer),
    WrongGateway("issuer-that-begins-alike", configure=_issuers_that_begin_alike),
    WrongGateway("first-policy-only", read=_first_policy),
    WrongGateway("first-rule-of-each-policy", read=_first_rule),
    WrongGateway("places-ignored", read=reading_rules(_default_place)),
    WrongGateway("first-place-only", read=reading_rules(_first_place)),
    WrongGateway("bearer-place-kept", read=reading_rules(_always_bearer_too)),
    WrongGateway("prefix-always-bearer", read=reading_rules(_prefix_everywhere)),
    WrongGateway("wrong-header", read=reading_rules(_other_header)),
    WrongGateway("invalid-token-as-none", configure=invalid_as_missing),
)
