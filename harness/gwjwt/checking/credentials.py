"""Tokens that fit what the policies ask for, and requests that present them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gwjwt.checking.entries import Entry
from gwjwt.checking.policies import Rule, sample
from gwjwt.checking.trust import TrustRule
from gwjwt.identity.tokens import Token
from gwjwt.traffic.evidence import Presented, Request

SPOOF = "gwjwt-check-attacker"
"""What a client sends in a header that only the gateway should write."""

_OTHER_PLACES = (
    "header Authorization: Bearer ",
    "parameter access_token",
    "cookie access_token",
    "header X-Access-Token: ",
)
_CLAIMS = "request.auth.claims["
_AUDIENCES, _PRESENTER = "request.auth.audiences", "request.auth.presenter"


def wanted_claims(rules: Sequence[Rule]) -> dict[str, Any]:
    """The claims by which a token satisfies as many of the rules' conditions as one can."""
    claims: dict[str, Any] = {}
    for rule in rules:
        for condition in rule.conditions:
            key, values = condition["key"], [sample(each) for each in condition.get("values") or ()]
            if not values:
                continue
            if key.startswith(_CLAIMS):
                _put(claims, key[len(_CLAIMS) : -1].split("]["), values)
            elif key == _PRESENTER:
                claims["azp"] = values[0]
    return claims


def _put(claims: dict[str, Any], names: Sequence[str], values: list[str]) -> None:
    for name in names[:-1]:
        claims = claims.setdefault(name, {})
        if not isinstance(claims, dict):
            return  # another condition wants the outer claim to be a value
    before = claims.get(names[-1], [])
    if isinstance(before, list):
        claims[names[-1]] = list(dict.fromkeys([*before, *values]))


def wanted_audiences(trusted: TrustRule, rules: Sequence[Rule]) -> list[str]:
    """The audiences of a valid token: what its rule and the policies ask for."""
    conditions = (each for rule in rules for each in rule.conditions if each["key"] == _AUDIENCES)
    of_policies = [sample(value) for each in conditions for value in each.get("values") or ()]
    return list(dict.fromkeys([*trusted.audiences[:1], *of_policies]))


def wanted_subjects(trusted: TrustRule, rules: Sequence[Rule]) -> Iterator[str | None]:
    """The subjects with which a token of the issuer may fit a principal; None: whatever it is."""
    yield None
    for rule in rules:
        for pattern in rule.principals:
            issuer, slash, subject = pattern.rpartition("/")
            if slash and subject not in ("", "*") and issuer.lstrip("*") in trusted.iss:
                yield sample(subject)


def configured_place(trusted: TrustRule) -> str:
    return trusted.places[0]


def other_places(trusted: Sequence[TrustRule]) -> list[str]:
    """Where a client might put a token, and none of the rules looks."""
    looked = {place.lower() for each in trusted for place in each.places}
    return [each for each in _OTHER_PLACES if each.lower() not in looked]


def plain(entry: Entry) -> Request:
    """The request that the route takes, with no token."""
    return Request(
        entry.path,
        entry.routed.method,
        tuple(entry.routed.headers),
        entry.host,
        tuple(entry.routed.query),
    )


def presenting(request: Request, token: Token, place: str) -> Request:
    """The request with the token in a place such as ``header NAME: PREFIX``."""
    kind, _, where = place.partition(" ")
    if kind == "parameter":
        return request.with_parameter(where, Presented(token))
    if kind == "cookie":
        return request.with_header("Cookie", Presented(token, f"{where}="))
    name, _, prefix = where.partition(": ")
    return request.with_header(name, Presented(token, prefix))


def claiming(request: Request, headers: Mapping[str, str]) -> Request:
    """The request with identity headers of the client's own."""
    for name, value in headers.items():
        request = request.with_header(name, value)
    return request
