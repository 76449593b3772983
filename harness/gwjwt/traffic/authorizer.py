"""The external authorizer: an Envoy ext_authz service over HTTP that a mesh hands requests to.

It plays the part of a login proxy such as oauth2-proxy: whoever has an approved session passes, everybody
else is sent to the login page. A scenario may have it decide otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from aiohttp import web

from gwjwt.errors import EnvironmentDied, Unsupported
from gwjwt.identity.tokens import Token
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer
from gwjwt.traffic.evidence import AUTHORIZER_MARKER, LOGIN_PAGE, NONCE, Consulted, Headers
from gwjwt.traffic.workload import headers_as_sent
from gwjwt.words import Endpoint

SESSION_COOKIE = "session"
PROVIDER = "gwjwt-authorizer"
"""The name of an authorizer that is the only one of its mesh."""

_ALLOWED = 200
_LOGIN = 302


@dataclass(frozen=True)
class Conduct:
    """How it decides: an approved session is allowed, and everybody else gets the status ``otherwise``."""

    approved: frozenset[str] = frozenset()
    otherwise: int = _LOGIN
    added: Token | None = field(default=None)
    """The token that it adds to the requests of an approved session."""

    def decide(self, headers: Headers) -> int:
        """The status of the answer to a request with these headers; 200 allows it."""
        return _ALLOWED if self.approved.intersection(_sessions(headers)) else self.otherwise


def _sessions(headers: Headers) -> set[str]:
    """The values of the session cookie (RFC 6265, section 4.2.1)."""
    pairs = (pair for name, value in headers if name.lower() == "cookie" for pair in value.split(";"))
    named = (pair.strip().partition("=") for pair in pairs)
    return {value for name, _, value in named if name == SESSION_COOKIE}


class Authorizer:
    """A context manager around the one authorizer of a test process. ``reset`` before each scenario."""

    include_request_headers = ("cookie", "authorization", NONCE)
    """Headers of the client's request that it needs to see (``includeRequestHeadersInCheck``)."""
    headers_to_upstream = ("authorization",)
    """Headers that it may set on a request that it allows (``headersToUpstreamOnAllow``)."""
    headers_to_downstream = ("location", "content-type", AUTHORIZER_MARKER)
    """Headers of its answer that the client gets when it does not allow (``headersToDownstreamOnDeny``)."""

    def __init__(self, background: BackgroundLoop, provider: str | None = PROVIDER) -> None:
        """``provider`` is the extension provider's name in the mesh configuration; None: there is none for it."""
        self._provider = provider
        self._background = background
        self._server = LoopbackServer(background, self._serve)
        self._conduct = Conduct()
        self._consulted: defaultdict[str, tuple[Consulted, ...]] = defaultdict(tuple)
        self._count = 0

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def provider(self) -> str:
        """The extension provider of the mesh that leads to it.

        Raises:
            Unsupported: the mesh has none.
        """
        if self._provider is None:
            raise Unsupported("the mesh has no extension provider that leads to the suite's authorizer")
        return self._provider

    @property
    def endpoint(self) -> Endpoint:
        """Where the mesh reaches it."""
        return self._server.endpoint

    @property
    def conduct(self) -> Conduct:
        return self._conduct

    @property
    def count(self) -> int:
        """How often it was asked since ``reset``."""
        return self._count

    def check(self) -> None:
        """Return if it can be reached.

        Raises:
            EnvironmentDied: it cannot.
        """
        if not self._server.listens:
            raise EnvironmentDied("the authorizer", "it does not listen any more")

    def approve(self, session: str) -> str:
        """Allow requests with this session from now on; returns the ``Cookie`` value that carries it."""
        self._conduct = replace(self._conduct, approved=self._conduct.approved | {session})
        return f"{SESSION_COOKIE}={session}"

    def add_token(self, token: Token | None) -> None:
        """Add this token, as a Bearer value, to the requests of approved sessions; None adds nothing."""
        self._conduct = replace(self._conduct, added=token)

    def send_others_to_login(self) -> None:
        """Answer requests without an approved session with a redirect to the login page."""
        self._conduct = replace(self._conduct, otherwise=_LOGIN)

    def deny_others(self, status: int = 403) -> None:
        """Answer requests without an approved session with this status."""
        self._conduct = replace(self._conduct, otherwise=status)

    def allow_all(self) -> None:
        """Allow every request; a token is still added for approved sessions only."""
        self._conduct = replace(self._conduct, otherwise=_ALLOWED)

    def reset(self) -> None:
        """Approve nobody, add nothing, redirect to the login page; forget what was asked so far."""
        self._conduct = Conduct()
        self._background.call(self._forget)

    def consulted(self, nonce: str) -> tuple[Consulted, ...]:
        """What it is on record to have been asked about the request with this nonce, in order, and its decisions."""
        return self._consulted.get(nonce, ())

    def _forget(self) -> None:
        self._consulted.clear()
        self._count = 0

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = headers_as_sent(request.raw_headers)
        conduct = self._conduct
        status = conduct.decide(headers)
        answer = {AUTHORIZER_MARKER: request.headers.get(NONCE, "")}
        if status == _LOGIN:
            answer["location"] = LOGIN_PAGE
        adds = status == _ALLOWED and conduct.added is not None and conduct.approved & _sessions(headers)
        if adds and conduct.added is not None:
            answer["authorization"] = f"Bearer {conduct.added.encoded}"
        decision = _decision(status, conduct.added if adds else None)
        self._count += 1
        for nonce in request.headers.getall(NONCE, []):
            self._consulted[nonce] += (Consulted(request.raw_path, headers, decision, status),)
        return web.Response(status=status, headers=answer, text=decision)


def _decision(status: int, added: Token | None) -> str:
    if status == _LOGIN:
        return "sent to the login page"
    if status != _ALLOWED:
        return f"denied with {status}"
    return f"allowed, with {added.label} added" if added else "allowed"
