"""Envoys that are started before a gateway needs one.

Most of the tenth of a second that Envoy takes to start is spent before it reads its bootstrap. So it is given a FIFO
to read it from, and waits there with everything loaded until it is known which gateway it serves.
Source: fifo(7).
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from gwjwt.environments.embedded.gateway import envoy
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.waiting import NotYet, TimedOut, eventually

_DRAIN_SECONDS = 1
_READING_SECONDS = 10.0
"""How long an Envoy may take until it reads, on a machine that is busy."""


class _Waiting(NamedTuple):
    process: Supervised
    fifo: Path


class WarmEnvoys:
    """A context manager; inside of it some Envoys are waiting. Those that were taken belong to who took them."""

    def __init__(self, directory: RunDirectory, ahead: int) -> None:
        """``ahead`` is how many are to be waiting at any time."""
        self._directory, self._ahead = directory, ahead
        self._waiting: deque[_Waiting] = deque()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self._fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._waiting:
            each.process.stop()

    def take(self, name: str, bootstrap: str) -> Supervised:
        """Have an Envoy go on with this bootstrap, under this name; the next one is started in its place.

        Raises:
            EnvironmentFailed: it has died, or does not read.
        """
        process, fifo = self._waiting.popleft()
        process.rename(name)

        def told() -> None:
            process.check()
            try:
                descriptor = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:  # ENXIO: nobody reads
                raise NotYet(f"{fifo.name}: {error.strerror}") from error
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(bootstrap)

        try:
            eventually(f"{name} reads its bootstrap", told, _READING_SECONDS)
        except TimedOut as late:
            process.stop()
            raise EnvironmentFailed(name, str(late), process.last_lines()) from late
        fifo.unlink()
        self._fill()
        return process

    def _fill(self) -> None:
        while len(self._waiting) < self._ahead:
            name = f"envoy-{next(self._numbers)}-waiting"
            fifo = self._directory.path / f"{name}.json"
            os.mkfifo(fifo, 0o600)
            arguments = ["--config-path", str(fifo), "--concurrency", "1", "--disable-hot-restart"]
            arguments += ["--drain-time-s", str(_DRAIN_SECONDS), "--drain-strategy", "immediate"]
            arguments += ["--log-level", "warning"]
            process = self._directory.start(name, [str(envoy.binary()), *arguments], env={})
            self._waiting.append(_Waiting(process, fifo))
