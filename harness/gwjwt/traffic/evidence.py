"""What one request showed: what the client saw, what the backends saw, what the authorizer was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from gwjwt.identity.tokens import Token
from gwjwt.redaction import redact
from gwjwt.words import AppName, Endpoint

NONCE = "x-gwjwt-nonce"
"""The header by which the records of all sides are matched to one request."""

MARKER = "app"
"""The member of a workload's JSON answer that names it, beside ``nonce``."""

SAYING = "says"
"""The member of a chained workload's JSON answer that holds what the chain says."""

AUTHORIZER_MARKER = "x-gwjwt-authorizer"
"""The header with the nonce that marks an answer as the authorizer's own."""

LOGIN_PAGE = "https://login.example.test/start"
"""Where the authorizer sends a client that has no session."""

Headers = tuple[tuple[str, str], ...]
"""Pairs in their order on the wire; names as sent, so a repeated header is seen as such."""


class _Redacted:
    """Evidence shows itself without secrets, so that a traceback or a log can hold it."""

    def __repr__(self) -> str:
        assert is_dataclass(self)
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
        return redact(f"{type(self).__name__}({shown})")


@dataclass(frozen=True)
class Presented:
    """A token in a header or a parameter, with what stands before (``Bearer `` with its space) and behind it."""

    token: Token
    prefix: str = ""
    suffix: str = ""

    @property
    def value(self) -> str:
        return self.prefix + self.token.encoded + self.suffix

    @property
    def shown(self) -> str:
        """The value with the token's label in place of the token."""
        return self.prefix + self.token.label + self.suffix


@dataclass(frozen=True, repr=False)
class Request(_Redacted):
    """What the probe is to send. A secret is a ``Presented``, so that it can be left out of every report."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str | Presented], ...] = ()
    host: str | None = None
    query: tuple[tuple[str, str | Presented], ...] = ()
    """Parameters that are added to what ``path`` may hold of a query already."""

    def with_header(self, name: str, value: str | Presented) -> Request:
        return replace(self, headers=(*self.headers, (name, value)))

    def with_parameter(self, name: str, value: str | Presented) -> Request:
        return replace(self, query=(*self.query, (name, value)))

    def target(self, show: Callable[[str | Presented], str]) -> str:
        """The request target (RFC 9112, section 3.2.1); ``show`` makes the text of a parameter's value."""
        if not self.query:
            return self.path
        pairs = "&".join(f"{quote(name, safe='')}={show(value)}" for name, value in self.query)
        return f"{self.path}{'&' if '?' in self.path else '?'}{pairs}"

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens that it presents, headers first."""
        values = (value for _, value in (*self.headers, *self.query))
        return tuple(value.token for value in values if isinstance(value, Presented))


class FailureKind(StrEnum):
    """Why a request got no response."""

    REFUSED = "connection refused"
    TIMED_OUT = "timed out"
    BROKEN_OFF = "connection broken off"
    NOT_HTTP = "not HTTP"


@dataclass(frozen=True, repr=False)
class Response(_Redacted):
    """What came back to the client. ``body`` is cut at 4 KiB."""

    status: int
    headers: Headers
    body: str

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, repr=False)
class Received(_Redacted):
    """What a workload recorded of a request that reached it."""

    app: AppName
    method: str
    path: str
    headers: Headers

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, repr=False)
class Consulted(_Redacted):
    """What the external authorizer was asked about a request, and what it decided."""

    path: str
    headers: Headers
    decision: str
    status: int = 200
    """Of its answer; 200 allows the request."""


@dataclass(frozen=True, repr=False)
class Exchange(_Redacted):
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
    failure_kind: FailureKind | None = None
