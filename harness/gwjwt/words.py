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


@dataclass(frozen=True)
class Endpoint:
    """Where something listens: an address that the probe can connect to."""

    host: str
    port: int

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"
