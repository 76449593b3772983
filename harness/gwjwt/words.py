"""The names that drivers, environments and steps share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class GatewayName:
    """A gateway (for a charm: the ingress application) in its namespace (for a charm: its model)."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, order=True)
class AppName:
    """An application behind a gateway. Its Service has the same name in the same namespace."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, order=True)
class Listener:
    """A listener of a gateway. Every gateway has one for plain HTTP on port 80, for all host names."""

    port: int
    hostname: str | None = None
    """The host name that it serves; None: all."""
    certificate: str | None = None
    """The Secret in the gateway's namespace with which it terminates TLS; None: plain HTTP."""


@dataclass(frozen=True)
class Endpoint:
    """Where something listens: an address that the probe can connect to."""

    host: str
    port: int
    server_name: str | None = None
    """The name that is asked for in a TLS handshake (RFC 6066, section 3); None: plain HTTP."""

    def url(self, path: str = "/") -> str:
        return f"{'https' if self.server_name else 'http'}://{self.host}:{self.port}{path}"
