"""Recording backends: the applications behind the gateway under test.

What a workload has recorded is the proof that a request arrived; what the client saw is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer, let_arrivals_in
from gwjwt.traffic.evidence import MARKER, NONCE, Headers, Received
from gwjwt.words import AppName


def headers_as_sent(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers in their order, with their repeats; bytes that are no UTF-8 survive as surrogates."""
    return tuple(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in raw
    )


class WorkloadHost:
    """A context manager around all backends of one test process; each has a port of its own.

    A backend answers every method and path with 200 and a JSON body that names the app and the request's
    nonce. It records the request before it answers.
    """

    def __init__(self, background: BackgroundLoop) -> None:
        self._background = background
        self._servers: dict[AppName, LoopbackServer] = {}
        self._received: dict[str, tuple[Received, ...]] = {}
        self._nonces: defaultdict[AppName, set[str]] = defaultdict(set)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in tuple(self._servers):
            self.remove(app)

    def deploy(self, app: AppName) -> int:
        """Start the app's backend and return its port; the one it has if it runs already."""
        if app not in self._servers:

            async def serve(request: web.BaseRequest) -> web.StreamResponse:
                return self._record(app, request)

            self._servers[app] = LoopbackServer(self._background, serve).__enter__()
        return self._servers[app].endpoint.port

    def remove(self, app: AppName) -> None:
        """Stop the app's backend and forget what it has recorded."""
        server = self._servers.pop(app, None)
        if server is not None:
            server.close()
            self._background.call(self._forget, app)

    def check(self) -> None:
        """Return if every backend can be reached.

        Raises:
            EnvironmentFailed: one cannot; says which.
        """
        for app, server in tuple(self._servers.items()):
            if not server.listens:
                raise EnvironmentFailed(f"the backend of {app}", "it does not listen any more")

    def received(self, nonce: str) -> tuple[Received, ...]:
        """What reached any backend with this nonce, in order.

        Requests whose bytes had reached a backend's socket before the call are always among it.
        """
        let_arrivals_in(self._background)
        return self._received.get(nonce, ())

    def _record(self, app: AppName, request: web.BaseRequest) -> web.StreamResponse:
        received = Received(app, request.method, request.raw_path, headers_as_sent(request.raw_headers))
        nonces = received.header(NONCE)
        for nonce in nonces:
            self._received[nonce] = (*self._received.get(nonce, ()), received)
            self._nonces[app].add(nonce)
        return web.json_response({MARKER: str(app), "nonce": nonces[0] if nonces else ""})

    def _forget(self, app: AppName) -> None:
        for nonce in self._nonces.pop(app, ()):
            left = tuple(each for each in self._received.get(nonce, ()) if each.app != app)
            if left:
                self._received[nonce] = left
            else:
                self._received.pop(nonce, None)
