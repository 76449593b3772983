"""The issuers that a folder trusts, each replaced by one of whom the suite holds the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gwjwt.checking.manifests import Found, Manifest
from gwjwt.checking.notes import Notes
from gwjwt.identity.issuer import Issuer, IssuerHost

DEFAULT_PLACES = ("header Authorization: Bearer ", "parameter access_token")
"""Where Istio looks for a token when a rule names no place (Istio documentation, JWTRule ``fromHeaders``)."""


@dataclass(frozen=True)
class TrustRule:
    """One of the ``jwtRules`` of a RequestAuthentication, with the local issuer that stands in for its own."""

    found: Found
    index: int
    rule: Manifest
    issuer: Issuer

    @property
    def iss(self) -> str:
        return self.issuer.iss

    @property
    def audiences(self) -> Sequence[str]:
        return tuple(self.rule.get("audiences") or ())

    @property
    def identity_headers(self) -> tuple[str, ...]:
        """The headers in which backends are told who calls."""
        return identity_headers(self.rule)

    @property
    def places(self) -> tuple[str, ...]:
        """Where a token is looked for: ``header NAME: PREFIX``, ``parameter NAME`` or ``cookie NAME``."""
        headers = (
            f"header {each['name']}: {each.get('prefix') or ''}"
            for each in self.rule.get("fromHeaders") or ()
        )
        parameters = (f"parameter {each}" for each in self.rule.get("fromParams") or ())
        cookies = (f"cookie {each}" for each in self.rule.get("fromCookies") or ())
        return (*headers, *parameters, *cookies) or DEFAULT_PLACES

    def __str__(self) -> str:
        return f"jwtRules[{self.index}] of {self.found}"


def identity_headers(rule: Manifest) -> tuple[str, ...]:
    """The headers that a rule writes, in lower case."""
    claims = [each["header"] for each in rule.get("outputClaimToHeaders") or ()]
    payload = rule.get("outputPayloadToHeader")
    return tuple(dict.fromkeys(each.lower() for each in (*claims, *([payload] if payload else []))))


def rules_in(found: Found) -> list[Manifest]:
    return list(found.spec.get("jwtRules") or ())


class LocalIssuers:
    """One issuer for each ``iss`` and source of keys, so that two sources of one ``iss`` stay two."""

    def __init__(self, host: IssuerHost, notes: Notes) -> None:
        self._host, self._notes = host, notes
        self._issuers: dict[tuple[str, str], Issuer] = {}
        self.stranger = host.create("stranger", iss="https://stranger.example.test")
        """An issuer that nobody trusts."""

    def of(self, rule: Manifest) -> Issuer:
        """The issuer that stands in for that of a rule."""
        iss, source = str(rule["issuer"]), _key_source(rule)
        if (iss, source) not in self._issuers:
            name = f"issuer-{len(self._issuers) + 1}"
            self._issuers[iss, source] = self._host.create(name, iss=iss)
            self._notes.replace(f"the keys of issuer {iss} ({source}): by those of a local issuer")
        return self._issuers[iss, source]

    def localized(self, found: Found) -> Manifest:
        """The RequestAuthentication with local key sets in the place of its own; issuers stay as they are."""
        rules = [self._localized(each) for each in rules_in(found)]
        return {**found.manifest, "spec": {**found.spec, "jwtRules": rules}} if rules else found.manifest

    def trusted(self, found: Found) -> Iterator[TrustRule]:
        for index, rule in enumerate(rules_in(found)):
            yield TrustRule(found, index, rule, self.of(rule))

    def _localized(self, rule: Manifest) -> Manifest:
        kept = {key: value for key, value in rule.items() if key not in ("jwks", "jwksUri", "jwks_uri")}
        return {**kept, "jwksUri": self.of(rule).jwks_uri} if rule.get("issuer") else rule


def _key_source(rule: Manifest) -> str:
    uri = rule.get("jwksUri") or rule.get("jwks_uri")
    if uri:
        return str(uri)
    return (
        "a key set in the rule" if rule.get("jwks") else "no jwksUri: Istio looks for one by OpenID discovery"
    )
