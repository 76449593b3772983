"""What one request showed: what the client saw, what the backends saw, what the authorizer was asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from gwjwt.identity.tokens import Token
from gwjwt.words import AppName, Endpoint

Headers = tuple[tuple[str, str], ...]
"""Pairs in their order on the wire; names as sent, so a repeated header is seen as such."""


@dataclass(frozen=True)
class Presented:
    """A token in a header or a query parameter, with what stands in front of it (``Bearer `` with its space)."""

    token: Token
    prefix: str = ""

    @property
    def value(self) -> str:
        return self.prefix + self.token.encoded


@dataclass(frozen=True)
class Request:
    """What the probe is to send. A secret is a ``Presented``, so that it can be left out of every report."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str | Presented], ...] = ()
    host: str | None = None

    def with_header(self, name: str, value: str | Presented) -> Request:
        return Request(self.path, self.method, (*self.headers, (name, value)), self.host)


@dataclass(frozen=True)
class Response:
    """What came back to the client. ``body`` is cut at 4 KiB."""

    status: int
    headers: Headers
    body: str

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Received:
    """What a workload recorded of a request that reached it."""

    app: AppName
    method: str
    path: str
    headers: Headers

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Consulted:
    """What the external authorizer was asked about a request, and what it decided."""

    path: str
    headers: Headers
    decision: str


@dataclass(frozen=True)
class Exchange:
    """One request with everything that is known of it."""

    endpoint: Endpoint
    request: Request
    nonce: str
    response: Response | None
    failure: str | None
    """Why there is no response: refused connection, time-out, protocol error. None when there is one."""
    received: tuple[Received, ...] = ()
    consulted: tuple[Consulted, ...] = ()
    milliseconds: float = field(default=0.0, compare=False)
