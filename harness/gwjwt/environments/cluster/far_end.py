"""The end of the tunnel that runs in a pod, with nothing but Python's standard library.

What connects to one of its ports is carried to the suite, where the backends, issuers and the authorizer are; what the
suite wants to reach in the cluster is carried the other way. It decides nothing and keeps nothing.

The suite reaches it over a WebSocket (RFC 6455), which the Kubernetes API server carries to the Service of the pod, and
shows a secret that only this run knows. Each message is a kind, a number and what the kind says.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import itertools
import struct
import sys
from collections.abc import Awaitable, Callable
from enum import IntEnum
from pathlib import Path

TUNNEL_PATH = "/tunnel"
SECRET_HEADER = "gwjwt-secret"  # noqa: S105  # a header's name

_HEAD = struct.Struct("!BI")
_PORT = struct.Struct("!H")
_CHUNK = 1 << 16
_LIMIT = 1 << 20
"""Bytes of one message at most: what is more than a chunk did not come from the suite."""
_TURNS = 32
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x2, 0x8, 0x9, 0xA
_SHORT, _LONG = 126, 127


class Kind(IntEnum):
    """What a message says. Its number is a stream's, or that of a question and its answer."""

    LISTEN = 1
    """The suite wants a new port. Answered by ``LISTENING`` with the port."""
    LISTENING = 2
    UNLISTEN = 3
    """The port that has this number is no longer wanted."""
    OPENED = 4
    """The far end: somebody has connected to the port that follows, or a ``CONNECT`` has been done."""
    DATA = 5
    END = 6
    """There is no more of the stream, in either direction, once what was sent has been handed on."""
    SYNC = 7
    """Answered by ``SYNCED`` when all that stood in a socket at that moment has been sent."""
    SYNCED = 8
    CONNECT = 9
    """The suite wants to reach ``host:port``. Answered by ``OPENED``, or by ``END``."""


def pack(kind: Kind, number: int, content: bytes = b"") -> bytes:
    return _HEAD.pack(kind, number) + content


def unpack(message: bytes) -> tuple[Kind, int, bytes]:
    kind, number = _HEAD.unpack_from(message)
    return Kind(kind), number, message[_HEAD.size :]


def port_in(content: bytes) -> int:
    """The port that an ``OPENED`` or a ``LISTENING`` tells of."""
    return int(_PORT.unpack(content)[0])


Send = Callable[[bytes], Awaitable[None]]


class Streams:
    """The connections of one end, by the numbers that both ends know them by."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._writers: dict[int, asyncio.StreamWriter] = {}

    def add(self, number: int, writer: asyncio.StreamWriter) -> None:
        self._writers[number] = writer

    async def carry(self, number: int, reader: asyncio.StreamReader) -> None:
        """Send on what comes in, until the connection ends."""
        try:
            while data := await reader.read(_CHUNK):
                await self._send(pack(Kind.DATA, number, data))
        except OSError:
            pass  # a reset is an end like any other: the other side learns of it by the same word
        if number in self._writers:
            self.end(number)
            await self._send(pack(Kind.END, number))

    def hand_on(self, number: int, data: bytes) -> None:
        """Write what the other end has sent; nothing if the connection has ended meanwhile."""
        if number in self._writers:
            self._writers[number].write(data)

    def end(self, number: int) -> None:
        """Close the connection when all has been written."""
        writer = self._writers.pop(number, None)
        if writer is not None:
            writer.close()

    def close(self) -> None:
        for number in tuple(self._writers):
            self.end(number)


async def turns(count: int = _TURNS) -> None:
    """Return when the loop has looked at all of its sockets so many times."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        turn: asyncio.Future[None] = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn


class _WebSocket:
    """The server's side of a WebSocket whose handshake is over; takes binary messages alone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, message: bytes) -> None:
        self._write(_BINARY, message)
        await self._writer.drain()

    async def receive(self) -> bytes | None:
        """The next message, or None at the end."""
        message = b""
        while True:
            first, second = await self._reader.readexactly(2)
            content = await self._content(second)
            opcode = first & 0x0F
            if opcode == _CLOSE:
                self._write(_CLOSE, content[:2])
                return None
            if opcode == _PING:
                self._write(_PONG, content)
            elif opcode in (_CONTINUED, _BINARY):
                message += content
                if first & 0x80:
                    return message

    async def _content(self, second: int) -> bytes:
        size = second & 0x7F
        if size == _SHORT:
            size = int.from_bytes(await self._reader.readexactly(2), "big")
        elif size == _LONG:
            size = int.from_bytes(await self._reader.readexactly(8), "big")
        if size > _LIMIT or not second & 0x80:
            raise ConnectionError("no frame of a client of this size")
        mask, masked = await self._reader.readexactly(4), await self._reader.readexactly(size)
        key = (mask * (size // 4 + 1))[:size]
        return (int.from_bytes(masked, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")

    def _write(self, opcode: int, content: bytes) -> None:
        size = len(content)
        if size < _SHORT:
            head = struct.pack("!BB", 0x80 | opcode, size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x80 | opcode, _SHORT, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, _LONG, size)
        self._writer.write(head + content)


class FarEnd:
    """One tunnel: what the suite asks for, as long as it is connected."""

    def __init__(self, socket: _WebSocket, address: str) -> None:
        self._socket, self._address = socket, address
        self._streams = Streams(socket.send)
        self._numbers = itertools.count(2, 2)
        self._listeners: dict[int, asyncio.Server] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        try:
            while (message := await self._socket.receive()) is not None:
                await self._act(*unpack(message))
        finally:
            for listener in self._listeners.values():
                listener.close()
            self._streams.close()
            for task in self._tasks:
                task.cancel()

    async def _act(self, kind: Kind, number: int, content: bytes) -> None:
        if kind == Kind.DATA:
            self._streams.hand_on(number, content)
        elif kind == Kind.END:
            self._streams.end(number)
        elif kind == Kind.LISTEN:
            await self._listen(number)
        elif kind == Kind.UNLISTEN:
            if number in self._listeners:
                self._listeners.pop(number).close()
        elif kind == Kind.SYNC:
            self._begin(self._sync(number))
        elif kind == Kind.CONNECT:
            self._begin(self._connect(number, content.decode()))

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, question: int) -> None:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = next(self._numbers)
            self._streams.add(number, writer)
            await self._socket.send(pack(Kind.OPENED, number, _PORT.pack(port)))
            await self._streams.carry(number, reader)

        listener = await asyncio.start_server(accepted, self._address, 0)
        port = listener.sockets[0].getsockname()[1]
        self._listeners[port] = listener
        await self._socket.send(pack(Kind.LISTENING, question, _PORT.pack(port)))

    async def _sync(self, question: int) -> None:
        await turns()
        await self._socket.send(pack(Kind.SYNCED, question))

    async def _connect(self, number: int, where: str) -> None:
        host, _, port = where.rpartition(":")
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await self._socket.send(pack(Kind.END, number))
            return
        self._streams.add(number, writer)
        await self._socket.send(pack(Kind.OPENED, number, _PORT.pack(int(port))))
        await self._streams.carry(number, reader)


class Door:
    """The port that the API server connects to. One tunnel at a time."""

    def __init__(self, secret: str, address: str) -> None:
        self._secret, self._address = secret, address
        self._taken = False

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # who is gone does not get an answer
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (e.partition(":") for e in lines)}
        path = first.split(" ")[1] if first.count(" ") > 1 else ""
        if path == "/ready":
            writer.write(_plain("200 OK"))
        elif path != TUNNEL_PATH or "sec-websocket-key" not in fields:
            writer.write(_plain("404 Not Found"))
        elif not hmac.compare_digest(fields.get(SECRET_HEADER, "").encode(), self._secret.encode()):
            writer.write(_plain("403 Forbidden"))
        elif self._taken:
            writer.write(_plain("409 Conflict"))
        else:
            writer.write(_switched(fields["sec-websocket-key"]))
            self._taken = True
            try:
                await FarEnd(_WebSocket(reader, writer), self._address).serve()
            finally:
                self._taken = False
        await writer.drain()


def _plain(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def _switched(key: str) -> bytes:
    digest = hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()  # RFC 6455, section 4.2.2
    accepted = base64.b64encode(digest)
    fields = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"HTTP/1.1 101 Switching Protocols\r\n{fields}Sec-WebSocket-Accept: {accepted.decode()}\r\n\r\n".encode()


async def _serve(address: str, port: int, secret: str) -> None:
    server = await asyncio.start_server(Door(secret, address).enter, address, port)
    sys.stdout.write(f"listens on {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="0.0.0.0")  # noqa: S104  # a pod's port is meant for others
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.address, options.port, options.secret_file.read_text().strip()))


if __name__ == "__main__":
    main()
