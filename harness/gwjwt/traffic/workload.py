"""Recording backends: the applications behind the gateway under test.

What a workload has recorded is the proof that a request arrived; what the client saw is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer
from gwjwt.traffic.evidence import MARKER, NONCE, SAYING, Headers, Received
from gwjwt.traffic.onward import call_onward
from gwjwt.words import AppName, Endpoint


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

    A backend of a chain calls the next one before it answers, and says what that one has said, as the apps of the
    Istio tutorial do: ``customer => preference => recommendation v1 from 'tutorial/recommendation': 4``. The number
    counts the requests that the last one has received since it was started.
    """

    def __init__(self, background: BackgroundLoop) -> None:
        self._background = background
        self._servers: dict[AppName, LoopbackServer] = {}
        self._received: dict[str, tuple[Received, ...]] = {}
        self._nonces: defaultdict[AppName, set[str]] = defaultdict(set)
        self._chained: dict[AppName, Endpoint | None] = {}
        """Where the next one is reached; None: it is the last of its chain."""
        self._counts: Counter[AppName] = Counter()

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
                received = self._record(app, request)
                return await self._answer(received)

            self._servers[app] = LoopbackServer(self._background, serve).__enter__()
        return self._servers[app].endpoint.port

    def chain(self, app: AppName, to: AppName, endpoint: Endpoint) -> None:
        """From now on the app calls another one, which is reached at this endpoint, before it answers."""

        def link() -> None:
            self._chained[app] = endpoint
            self._chained.setdefault(to, None)

        self._background.call(link)

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
        """What is on record as having reached any backend with this nonce, in order."""
        return self._received.get(nonce, ())

    def _record(self, app: AppName, request: web.BaseRequest) -> Received:
        received = Received(app, request.method, request.raw_path, headers_as_sent(request.raw_headers))
        for nonce in received.header(NONCE):
            self._received[nonce] = (*self._received.get(nonce, ()), received)
            self._nonces[app].add(nonce)
        self._counts[app] += 1
        return received

    async def _answer(self, received: Received) -> web.StreamResponse:
        app, nonces = received.app, received.header(NONCE)
        answer = {MARKER: str(app), "nonce": nonces[0] if nonces else ""}
        if app not in self._chained:
            return web.json_response(answer)
        status, said = 200, f"{app.name} v1 from '{app}': {self._counts[app]}"
        if (onward := self._chained[app]) is not None:
            status, next_said = await call_onward(onward, received)
            said = f"{app.name} => {next_said}"
        return web.json_response({**answer, SAYING: said}, status=status)

    def _forget(self, app: AppName) -> None:
        self._chained.pop(app, None)
        del self._counts[app]
        for nonce in self._nonces.pop(app, ()):
            left = tuple(each for each in self._received.get(nonce, ()) if each.app != app)
            if left:
                self._received[nonce] = left
            else:
                self._received.pop(nonce, None)
