"""The wanted state of one gateway: what the suite has asked for so far, as templates and commands are given it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from gwjwt.rules import JWTRule, MalformedRules, read
from gwjwt.words import AppName, GatewayName, Listener


@dataclass(frozen=True)
class Route:
    """An application that the gateway exposes: everything under ``path`` goes to its Service on ``port``."""

    app: AppName
    path: str
    port: int
    authenticated: bool = True
    """Whether the external authorizer is asked about it while forward-auth is active."""

    @classmethod
    def to(cls, app: AppName, port: int, *, authenticated: bool = True) -> Route:
        return cls(app, f"/{app.namespace}-{app.name}", port, authenticated)


@dataclass(frozen=True)
class Relation:
    """An application that is related to the gateway, and the text that it published, if any."""

    app: AppName
    published: str | None

    def rules(self) -> list[JWTRule] | None:
        """The suite's own reading of the text; None when there is none, or when it is malformed or empty."""
        if self.published is None:
            return None
        try:
            return read(self.published) or None
        except MalformedRules:
            return None


@dataclass(frozen=True)
class ForwardAuth:
    """The wish for an external authorizer."""

    provider: str | None
    """The name under which the mesh knows it; None until it has said where it decides."""


@dataclass(frozen=True)
class WantedState:
    """One gateway with all that belongs to it."""

    gateway: GatewayName
    routes: tuple[Route, ...] = ()
    relations: tuple[Relation, ...] = ()
    forward_auth: ForwardAuth | None = None
    extra_listeners: tuple[Listener, ...] = ()
    """Beside the first one, which is on port 80."""

    @property
    def provider(self) -> str | None:
        """The external authorizer, while forward-auth is active."""
        return self.forward_auth.provider if self.forward_auth else None

    def listeners(self) -> list[dict[str, Any]]:
        """All of them as ``spec.listeners`` of a Gateway has them, open to the routes of every namespace."""
        numbered = enumerate((Listener(80), *self.extra_listeners))
        return [{"name": f"listener-{number}", **_in_gateway_api(each)} for number, each in numbered]

    def listening(self, listener: Listener) -> WantedState:
        return replace(self, extra_listeners=tuple(dict.fromkeys((*self.extra_listeners, listener))))

    def exposing(self, route: Route) -> WantedState:
        others = tuple(each for each in self.routes if each.app != route.app)
        return replace(self, routes=(*others, route))

    def relating(self, relation: Relation) -> WantedState:
        """With the relation in its old place, or at the end when it is a new one."""
        related = {each.app: each for each in self.relations} | {relation.app: relation}
        return replace(self, relations=tuple(related.values()))

    def withdrawing(self, app: AppName) -> WantedState:
        return replace(self, relations=tuple(each for each in self.relations if each.app != app))

    def authorized_by(self, provider: str | None) -> WantedState:
        """With forward-auth; None: its provider has not said yet where it decides."""
        return replace(self, forward_auth=ForwardAuth(provider))

    def without_forward_auth(self) -> WantedState:
        return replace(self, forward_auth=None)

    def as_json(self) -> dict[str, Any]:
        """What a template sees as variables and a command as JSON. docs/drivers.md describes every field."""
        return {
            "gateway": asdict(self.gateway),
            "extraListeners": [asdict(each) for each in self.extra_listeners],
            "routes": [asdict(each) for each in self.routes],
            "relations": [_as_json(each) for each in self.relations],
            "forwardAuth": None if self.forward_auth is None else asdict(self.forward_auth),
        }


def _in_gateway_api(listener: Listener) -> dict[str, Any]:
    described: dict[str, Any] = {
        "port": listener.port,
        "protocol": "HTTPS" if listener.certificate else "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    if listener.hostname:
        described["hostname"] = listener.hostname
    if listener.certificate:
        described["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": listener.certificate}]}
    return described


def _as_json(relation: Relation) -> dict[str, Any]:
    rules = relation.rules()
    return {
        "app": asdict(relation.app),
        "published": relation.published,
        "rules": None if rules is None else [each.model_dump() for each in rules],
    }
