"""States that go through the branches of a usual template, to find its mistakes before anything runs."""

from __future__ import annotations

from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.rules import ClaimToHeader, FromHeader, JWTRule, publish
from gwjwt.words import AppName, GatewayName, Listener


def sample_states() -> list[WantedState]:
    """From a gateway without anything to one with all that a rule can say, and with text that is no rule."""
    gateway, app = GatewayName("sample", "gateway"), AppName("sample", "app")
    full = JWTRule(
        issuer="https://issuer.example",
        jwks_uri="https://issuer.example/jwks",
        audiences=["app"],
        forward_original_token=True,
        claim_to_headers=[ClaimToHeader(header="x-user", claim="sub")],
        from_headers=[FromHeader(name="Authorization", prefix="Bearer "), FromHeader(name="X-Jwt")],
    )
    bare = WantedState(gateway)
    public = Route.to(AppName("sample", "public"), 8080, authenticated=False)
    listening = bare.listening(Listener(8080)).listening(Listener(443, "a.example", "certificate"))
    exposed = listening.exposing(Route.to(app, 8080)).exposing(public)
    related = exposed.relating(Relation(app, publish([full, JWTRule(issuer="https://other.example")])))
    malformed = exposed.relating(Relation(app, "no rules")).relating(Relation(AppName("other", "app"), None))
    states = [bare, exposed, related, malformed]
    return [
        *states,
        *(each.authorized_by("authorizer") for each in states),
        *(each.authorized_by(None) for each in states),
    ]
