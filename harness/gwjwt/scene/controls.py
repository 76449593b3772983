"""The paired request: what must pass through a gateway right now, so that a refusal beside it means something.

A gateway that refuses everything would pass every test of a refusal. So each refusal is paired with a request to
the same route that must be admitted in the same state; where nothing may pass, with the request that the same route
admitted earlier in the scenario.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from gwjwt.errors import Inconclusive
from gwjwt.rules import JWTRule, MalformedRules, read
from gwjwt.scene.credentials import SESSION_COOKIE, Credentials
from gwjwt.scene.stage import GatewayState
from gwjwt.traffic.evidence import Exchange


def passing_credentials(gateway: GatewayState, issuers: Mapping[str, str]) -> Credentials | None:
    """Credentials that the documentation lets through this gateway now; None: nothing may pass.

    Args:
        gateway: as the scenario believes it to be.
        issuers: the names of the issuers whose tokens can be verified, by their ``iss``.
    """
    for published in gateway.relations.values():
        rules = _valid(published)
        if not all(map(_is_accepted, rules)):
            continue
        for rule in rules:
            if rule.issuer in issuers:
                return _satisfying(rule, issuers[rule.issuer], gateway.forward_auth)
    return SESSION_COOKIE if gateway.forward_auth else None


def opening(openings: Mapping[str, Exchange], app: str) -> Exchange:
    """The request without a token that this app admitted earlier; ``openings`` are those of all apps.

    Raises:
        Inconclusive: there was none, so that a refusal now would prove nothing.
    """
    if app not in openings:
        raise Inconclusive(
            f'nothing may pass to "{app}" now and nothing has passed before: a refusal would prove nothing '
            "(say in the scenario that a request with no token is admitted, before the gateway closes)"
        )
    return openings[app]


def _valid(published: str | None) -> list[JWTRule]:
    if published is None:
        return []
    try:
        return read(published)
    except MalformedRules:
        return []


def _is_accepted(rule: JWTRule) -> bool:
    """Whether an API server takes the rule; if not, it counts as malformed (decision D3)."""
    uri = urlsplit(rule.jwks_uri or "https:")
    headers = [each.header for each in rule.claim_to_headers or ()]
    return bool(
        rule.issuer
        and uri.scheme in {"http", "https"}
        and all(rule.audiences or ())
        and all(re.fullmatch(r"[-_A-Za-z0-9]+", each) for each in headers)
    )


def _satisfying(rule: JWTRule, issuer: str, forward_auth: bool) -> Credentials:
    """A valid token where the rule looks for it; with forward-auth the session too, as not every place is exempt."""
    audience = rule.audiences[0] if rule.audiences else None
    if not rule.from_headers:
        return Credentials("valid", issuer, audience, cookie=forward_auth)
    source = rule.from_headers[0]
    return Credentials("valid", issuer, audience, source.name, source.prefix or "", cookie=forward_auth)
