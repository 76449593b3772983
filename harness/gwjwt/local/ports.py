"""Loopback ports for listeners that another process will bind.

``bind(0)`` cannot be used for that: it hands the same port to two processes at once, and nothing keeps the
port until the other process has bound it. So a worker reserves a whole block outside the range that the
kernel hands out, and marks it as its own by keeping the block's first port bound. The mark goes away with the
process, however that ends.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from gwjwt.errors import EnvironmentFailed

HOST = "127.0.0.1"
BLOCK = 128
"""Ports in a block; the first is the mark."""
LOWEST = 10_240
"""Below are registered services that developers run."""
_HIGHEST = 65_535
_LINUX_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_IANA_RANGE = (49_152, _HIGHEST)


class NoPortFree(EnvironmentFailed):
    """No port can be had; the message says from which range."""


def ephemeral_range(source: Path = _LINUX_RANGE) -> tuple[int, int]:
    """The ports that the kernel hands out itself, both ends included; IANA's range where it does not say."""
    try:
        lowest, highest = source.read_text().split()
    except FileNotFoundError:
        return _IANA_RANGE
    return int(lowest), int(highest)


def blocks(ephemeral: tuple[int, int], size: int = BLOCK) -> list[int]:
    """The first ports of all blocks that lie outside the ephemeral range."""
    lowest, highest = ephemeral
    below = range(LOWEST, lowest - size + 1, size)
    above = range(max(highest + 1, LOWEST), _HIGHEST - size + 2, size)
    return [*below, *above]


class PortPool:
    """A context manager that hands out ports and takes them back.

    Not for use from several threads at once. A returned port is used again as late as possible.
    """

    def __init__(self, first_ports: list[int] | None = None, size: int = BLOCK) -> None:
        self._candidates = deque(blocks(ephemeral_range(), size) if first_ports is None else first_ports)
        self._candidates.rotate(-(os.getpid() % max(len(self._candidates), 1)))
        self._size = size
        self._marks: list[socket.socket] = []
        self._free: deque[int] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for mark in self._marks:
            mark.close()

    def take(self) -> int:
        """A port that nobody listens on now and that no other pool will hand out.

        Raises:
            NoPortFree: every block is taken.
        """
        for port in self._unused():
            if _can_listen(port):
                return port
        raise NoPortFree(
            "loopback ports", f"all blocks of {self._size} ports outside of the ephemeral range are in use"
        )

    def give_back(self, port: int) -> None:
        self._free.append(port)

    def _unused(self) -> Iterator[int]:
        for _ in range(len(self._free)):
            port = self._free.popleft()
            yield port
            self._free.append(port)
        while self._reserve_block():
            while self._free:
                yield self._free.popleft()

    def _reserve_block(self) -> bool:
        while self._candidates:
            first = self._candidates.popleft()
            mark = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                mark.bind((HOST, first))
            except OSError:
                mark.close()
                continue
            self._marks.append(mark)
            self._free.extend(range(first + 1, first + self._size))
            return True
        return False


def _can_listen(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
        return True
