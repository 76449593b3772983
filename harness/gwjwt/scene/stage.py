"""What a scenario has set up so far, kept apart from the implementation's own idea of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gwjwt.traffic.evidence import Exchange
from gwjwt.words import AppName, Endpoint, GatewayName

HTTP_PORT = 80
"""Of the listener that every gateway has."""
HTTPS_PORT = 443


@dataclass(frozen=True)
class Origin:
    """Where requests are sent to: scheme, host and port of a URL (RFC 6454, section 4)."""

    host: str | None = None
    """The host name that is asked for; None: the address itself."""
    port: int = HTTP_PORT
    tls: bool = False

    @classmethod
    def of(cls, url: str) -> Origin:
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (HTTPS_PORT if tls else HTTP_PORT), tls)


@dataclass
class GatewayState:
    """A gateway as the scenario believes it to be."""

    name: GatewayName
    relations: dict[str, str | None] = field(default_factory=dict)
    """What each related app has published; None: nothing yet."""
    forward_auth: bool = False
    """Whether the authorizer decides; not while its provider has not said where it does."""
    endpoints: dict[int, Endpoint] = field(default_factory=dict)
    """Where its listeners are reached, by port; known after its first settling."""
    openings: dict[str, Exchange] = field(default_factory=dict)
    """By app: a request without a token that was admitted while nobody was related."""


@dataclass(frozen=True)
class Route:
    """How an app is reached: through which gateway and under which path prefix."""

    app: AppName
    gateway: str
    prefix: str

    def path(self, below: str) -> str:
        return self.prefix + below


@dataclass
class Stage:
    """All of it, by the names that the feature uses."""

    gateways: dict[str, GatewayState] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    elsewhere: dict[str, AppName] = field(default_factory=dict)
    """Apps that live in a namespace of their own and have no route."""

    def gateway_of(self, app: str) -> GatewayState:
        return self.gateways[self.routes[app].gateway]
