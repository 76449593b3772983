"""The suite's end of the tunnel into the cluster; ``far_end`` says how the two talk."""

from __future__ import annotations

import asyncio
import itertools
from types import TracebackType
from typing import Self

import aiohttp

from gwjwt.cluster.connection import ApiConnection
from gwjwt.environments.cluster.far_end import (
    SECRET_HEADER,
    TUNNEL_PATH,
    Kind,
    Streams,
    pack,
    port_in,
    unpack,
)
from gwjwt.errors import EnvironmentDied, EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import HOST, let_arrivals_in, listening_socket
from gwjwt.words import Endpoint

_HEARTBEAT = 20.0
"""Seconds: proxies on the way to an API server drop what is silent for a minute."""


class Tunnel:
    """A context manager. What it publishes in the cluster, and what it opens here, ends with it."""

    def __init__(
        self, background: BackgroundLoop, api: ApiConnection, path: str, secret: str, deadline: float
    ) -> None:
        """``path`` is where the API leads to the far end, ``deadline`` is that of a question, in seconds."""
        self._background, self._api, self._path = background, api, path
        self._secret, self._deadline = secret, deadline
        self._local: dict[int, int] = {}
        """By the port in the cluster: where its connections are led to on loopback."""
        self._numbers = itertools.count(1, 2)
        self._answers: dict[int, asyncio.Future[bytes]] = {}
        self._gates: list[asyncio.Server] = []
        self._carrying: set[asyncio.Task[None]] = set()
        self._ended = ""

    def __enter__(self) -> Self:
        try:
            self._background.run(self._open(), self._deadline)
        except TimeoutError as late:
            cause = f"the far end does not answer within {self._deadline:g} s"
            raise EnvironmentFailed("the tunnel into the cluster", cause) from late
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.run(self._close())

    def publish(self, port: int) -> int:
        """Lead a new port of the far end's pod to this port on loopback; returns the new one."""
        published = port_in(self._ask(Kind.LISTEN))
        self._local[published] = port
        return published

    def withdraw(self, published: int) -> None:
        """The far end's port leads to nothing any more."""
        del self._local[published]
        self._background.run(self._send(pack(Kind.UNLISTEN, published)))

    def lead_to(self, host: str, port: int) -> Endpoint:
        """A new port on loopback that leads to what the far end's pod reaches at this address."""
        return self._background.run(self._gate(f"{host}:{port}"))

    def let_arrivals_in(self) -> None:
        """Return when all that had reached a socket of the far end was seen by who it is for.

        What is still on its way from a gateway to the pod may come later.
        """
        self._ask(Kind.SYNC)
        let_arrivals_in(self._background)

    def check(self) -> None:
        """Raises ``EnvironmentDied`` when the tunnel has ended."""
        if self._ended:
            raise EnvironmentDied("the tunnel into the cluster", self._ended)

    async def _open(self) -> None:
        self._session = aiohttp.ClientSession(trust_env=False)
        try:
            self._socket = await self._session.ws_connect(
                f"{self._api.url}{self._path}{TUNNEL_PATH}",
                headers={**self._api.headers, SECRET_HEADER: self._secret},
                ssl=self._api.tls if self._api.tls is not None else True,
                heartbeat=_HEARTBEAT,
                proxy=self._api.proxy,
            )
        except aiohttp.ClientError as error:
            await self._session.close()
            raise EnvironmentFailed("the tunnel into the cluster", f"cannot be opened: {error}") from error
        except asyncio.CancelledError:
            await self._session.close()
            raise
        self._streams = Streams(self._send)
        self._serving = asyncio.create_task(self._serve())

    async def _close(self) -> None:
        self._ended = "it was closed"
        for gate in self._gates:
            gate.close()
        await self._socket.close()
        await self._serving
        await self._session.close()

    async def _send(self, message: bytes) -> None:
        if self._ended:
            return
        try:
            await self._socket.send_bytes(message)
        except aiohttp.ClientError as error:
            self._ended = str(error)

    def _ask(self, kind: Kind) -> bytes:
        try:
            return self._background.run(self._question(kind), self._deadline)
        except TimeoutError as late:
            cause = f"no answer to {kind.name} within {self._deadline:g} s"
            raise EnvironmentFailed("the tunnel into the cluster", cause) from late

    async def _question(self, kind: Kind) -> bytes:
        self.check()
        number = next(self._numbers)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._send(pack(kind, number))
            return await answer
        finally:
            del self._answers[number]

    async def _serve(self) -> None:
        """Act on what comes in, one after another: a ``SYNCED`` is met when all before it has been handed on."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                await self._act(*unpack(message.data))
        self._ended = self._ended or f"the cluster has closed it ({self._socket.close_code})"
        self._streams.close()
        for task in tuple(self._carrying):
            task.cancel()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(EnvironmentDied("the tunnel into the cluster", self._ended))

    async def _act(self, kind: Kind, number: int, content: bytes) -> None:
        if kind is Kind.DATA:
            self._streams.hand_on(number, content)
        elif kind is Kind.END:
            self._streams.end(number)
            self._answered(number, b"")
        elif kind is Kind.OPENED and number not in self._answers:
            await self._welcome(number, port_in(content))
        else:
            self._answered(number, content)

    def _answered(self, number: int, content: bytes) -> None:
        answer = self._answers.get(number)
        if answer is not None and not answer.done():
            answer.set_result(content)

    async def _welcome(self, number: int, published: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(HOST, self._local.get(published, 0))
        except OSError:  # its server has been stopped on purpose, as the backend of a namespace that has gone
            await self._send(pack(Kind.END, number))
            return
        self._carry(number, reader, writer)

    def _carry(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.add(number, writer)
        task = asyncio.create_task(self._streams.carry(number, reader))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _gate(self, where: str) -> Endpoint:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = next(self._numbers)
            opened = self._answers[number] = asyncio.get_running_loop().create_future()
            await self._send(pack(Kind.CONNECT, number, where.encode()))
            try:
                reached = await opened
            finally:
                del self._answers[number]
            if reached:
                self._carry(number, reader, writer)
            else:
                writer.close()

        listening = listening_socket()
        gate = await asyncio.start_server(accepted, sock=listening)
        self._gates.append(gate)
        return Endpoint(HOST, listening.getsockname()[1])
