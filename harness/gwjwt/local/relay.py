"""A relay on 127.0.0.1 that lets what a client sends arrive later, as if the way were long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, cast

from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import HOST, listening_socket
from gwjwt.words import Endpoint


class Relay:
    """A context manager around one listener that passes bytes on to one server and back.

    It looks at nothing, so HTTP, HTTPS and answers that never end go through alike. Each call on an open connection
    takes ``delay`` seconds longer, and waits for ``gate``; the answer comes as it is. With TLS, what opens a connection
    is delayed in the same way. Leaving the context closes all connections.
    """

    def __init__(self, background: BackgroundLoop, upstream: Endpoint) -> None:
        self._background, self._upstream = background, upstream
        self._server: asyncio.Server | None = None
        self._open: set[_End] = set()
        self._port = 0
        self.delay = 0.0
        """Seconds; may be changed at any time, and holds for what arrives from then on."""
        self.gate: Callable[[], object] | None = None
        """Called in a thread before what a client has sent goes on, for one client at a time; it may block. What it
        raises lets the call through: nobody is there whom it could be told."""
        self._gatekeeper = ThreadPoolExecutor(1, "gwjwt-relay-gate")

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; the port is 0 before the context is entered."""
        return Endpoint(HOST, self._port)

    def __enter__(self) -> Self:
        self._background.run(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.run(self._close())
        self._gatekeeper.shutdown()

    def when_open(self, gate: Callable[[], object], go_on: Callable[[], None]) -> None:
        """Call ``go_on`` on the loop when the gate has returned."""
        loop = self._background.loop

        def opened(_: Future[object]) -> None:
            loop.call_soon_threadsafe(go_on)

        self._gatekeeper.submit(gate).add_done_callback(opened)

    async def _listen(self) -> None:
        loop, listening = asyncio.get_running_loop(), listening_socket()
        try:
            self._server = await loop.create_server(lambda: _Client(self), sock=listening)
        except OSError:
            listening.close()
            raise
        self._port = listening.getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for end in tuple(self._open):
            end.abort()

    async def connect(self, client: _Client) -> None:
        """Connect to the server on behalf of a client; one that cannot be reached has the client's end closed."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _End(self, client), self._upstream.host, self._upstream.port)
        except OSError:
            client.abort()

    def opened(self, end: _End) -> None:
        if self._server:
            self._open.add(end)
        else:
            end.abort()

    def closed(self, end: _End) -> None:
        self._open.discard(end)


class _End(asyncio.Protocol):
    """One end of a relayed connection; what arrives here goes out at its peer. This one faces the server."""

    def __init__(self, relay: Relay, peer: _End | None = None) -> None:
        self._relay, self._peer = relay, peer
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._relay.opened(self)
        if self._peer:
            self._peer.meet(self)

    def meet(self, peer: _End) -> None:
        self._peer = peer

    def data_received(self, data: bytes) -> None:
        if self._peer:
            self._peer.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._relay.closed(self)
        if self._peer:
            self._peer.close()
            self._peer = None

    def pause_writing(self) -> None:
        if self._peer:
            self._peer.read(on=False)

    def resume_writing(self) -> None:
        if self._peer:
            self._peer.read(on=True)

    def read(self, *, on: bool) -> None:
        """Go on to read, or leave what comes where it is."""
        if self._transport and not self._transport.is_closing():
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    def write(self, data: bytes) -> None:
        if self._transport:
            self._transport.write(data)

    def close(self) -> None:
        """Close when all that was written is out."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()


class _Client(_End):
    """The end that faces the client: what arrives waits for its time, and until the server is there.

    What arrives while something waits joins it: headers and body of one call come apart.
    """

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        self._waiting = b""
        self._is_held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._connecting = loop.create_task(self._relay.connect(self))

    def meet(self, peer: _End) -> None:
        super().meet(peer)
        self._pass_on()

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        if self._is_held:
            return
        self._is_held = True
        if self._relay.delay > 0:
            asyncio.get_running_loop().call_later(self._relay.delay, self._await_gate)
        else:
            self._await_gate()

    def _await_gate(self) -> None:
        if self._relay.gate:
            self._relay.when_open(self._relay.gate, self._let_go)
        else:
            self._let_go()

    def _let_go(self) -> None:
        self._is_held = False
        self._pass_on()

    def _pass_on(self) -> None:
        if self._peer and self._waiting and not self._is_held:
            self._peer.write(self._waiting)
            self._waiting = b""
