"""HTTP servers on 127.0.0.1 that the suite runs for itself, on the background loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from aiohttp import web

from gwjwt.local.background import BackgroundLoop
from gwjwt.words import Endpoint

HOST = "127.0.0.1"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_TURNS_TO_A_HANDLER = 16
_SECONDS_TO_FINISH = 0.5


class LoopbackServer:
    """A context manager around one HTTP/1.1 server with a port that the kernel chose.

    The handler sees every method and every path. Leaving the context closes the connections too.
    """

    def __init__(self, background: BackgroundLoop, handler: Handler) -> None:
        self._background = background
        self._handler = handler
        self._connections: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._port = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; the port is 0 before the context is entered."""
        return Endpoint(HOST, self._port)

    @property
    def listens(self) -> bool:
        """Whether it can be reached now."""
        return self._listener is not None and self._listener.is_serving()

    def __enter__(self) -> Self:
        self._background.run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and close every connection. May be called again."""
        self._background.run(self._close())

    async def _open(self) -> None:
        listening = listening_socket()
        try:
            connections = web.Server(self._handler, access_log=None)
            self._listener = await asyncio.get_running_loop().create_server(connections, sock=listening)
        except OSError:
            listening.close()
            raise
        self._connections = connections
        self._port = listening.getsockname()[1]

    async def _close(self) -> None:
        listener, connections = self._listener, self._connections
        self._listener = self._connections = None
        if listener is not None:
            listener.close()
        if connections is not None:
            connections.pre_shutdown()  # wakes the idle connections, which would sit out the time otherwise
            await connections.shutdown(_SECONDS_TO_FINISH)


def listening_socket() -> socket.socket:
    """A socket for a server on 127.0.0.1, with a port that the kernel chose."""
    # Without SO_REUSEADDR, which asyncio would set: with it the kernel may give one free port to two sockets.
    listening = socket.socket()
    try:
        listening.bind((HOST, 0))
    except OSError:
        listening.close()
        raise
    listening.settimeout(0)
    return listening


def let_arrivals_in(background: BackgroundLoop) -> None:
    """Return when every request whose bytes had reached one of the loop's sockets was seen by its handler.

    Loopback TCP puts sent bytes into the receiver's buffer before the sender's call returns. From there to
    the handler it takes the loop less than ten turns: accept, make the transport, start reading, read and
    parse, wake the connection's task. Each turn polls all sockets, so a generous fixed number of turns is a
    guarantee, not a wait.
    """
    loop = background.loop
    done: Future[None] = Future()

    def turn(left: int) -> None:
        if left:
            loop.call_soon(turn, left - 1)
        else:
            done.set_result(None)

    loop.call_soon_threadsafe(turn, _TURNS_TO_A_HANDLER)
    done.result()
