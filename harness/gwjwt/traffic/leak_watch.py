"""Requests that go to a gateway all the time while it changes: which of them it lets through, and for how long."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.traffic.probe import Probe
from gwjwt.words import Endpoint

_SENDERS = 2
"""Threads that send. One would leave gaps as long as a request takes; more take the time from who makes the change."""


@dataclass(frozen=True)
class Attempt:
    """A request that is sent again and again."""

    what: str
    """What it is and where it goes, for a reader."""
    endpoint: Endpoint
    request: Request


@dataclass(frozen=True)
class Sent:
    """One of them as it went; times are seconds of one clock that has no meaning of its own."""

    attempt: Attempt
    exchange: Exchange
    begun: float
    ended: float

    @property
    def is_admitted(self) -> bool:
        """Whether a backend has it, whatever the client was told."""
        return bool(self.exchange.received)


@dataclass(frozen=True)
class Passage:
    """What became of one attempt while the gateway went from one state to the next."""

    number: int
    """Of the change, from 1."""
    before: Sent
    """The one that was sent last before the change."""
    during: tuple[Sent, ...]
    """Those that were on their way between the beginning of the change and its being live.

    One that was on its way from one change into the next belongs to neither: nobody knows when it met the gateway.
    """
    after: Sent
    """The one that was sent first when the change was live."""
    changed: tuple[float, float]
    """When the change began and when it was live."""

    @property
    def attempt(self) -> Attempt:
        return self.before.attempt

    @property
    def admitted(self) -> tuple[Sent, ...]:
        """Those that a backend has."""
        return tuple(each for each in self.during if each.is_admitted)

    @property
    def window(self) -> float:
        """How long it was open, in milliseconds, as far as requests can tell.

        From the beginning of the change, or of the first that was admitted where the gateway was closed before it,
        to the end of the last.
        """
        if not self.admitted:
            return 0.0
        first = self.changed[0] if self.before.is_admitted else self.admitted[0].begun
        return (max(each.ended for each in self.admitted) - first) * 1000


class LeakWatch:
    """A context manager; inside of it each attempt is made over and over, on connections of their own."""

    def __init__(self, probe: Probe, attempts: Sequence[Attempt]) -> None:
        self._probe, self._attempts = probe, attempts
        self._next = itertools.cycle(attempts)
        self._turn = threading.Condition()
        self._sent: list[Sent] = []
        self._rounds: list[list[Sent]] = []
        self._changes: list[tuple[float, float]] = []
        self._is_stopping = False
        self._threads = ThreadPoolExecutor(_SENDERS, "gwjwt-watch")
        self._senders: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._rounds.append(self._round())
        self._senders = [self._threads.submit(self._keep_sending) for _ in range(_SENDERS)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Send nothing more; returns when the last answer is there. May be called again."""
        with self._turn:
            self._is_stopping = True
            self._turn.notify_all()
        self._threads.shutdown()
        for sender in self._senders:
            sender.result()

    def see(self, deadline: float) -> None:
        """Return when each attempt has been made and answered once more, or nothing is sent any longer.

        Raises:
            TimeoutError: that takes more than ``deadline`` seconds.
        """
        with self._turn:
            # Those that are on their way now may have begun before; no more than one for each sender.
            enough = len(self._sent) + len(self._attempts) + _SENDERS
            if not self._turn.wait_for(lambda: self._is_stopping or len(self._sent) >= enough, deadline):
                raise TimeoutError(f"no round of {len(self._attempts)} requests within {deadline:g} s")

    @contextmanager
    def change(self) -> Iterator[None]:
        """Inside, the gateway changes; at the end the change is live."""
        began = time.perf_counter()
        yield
        self._changes.append((began, time.perf_counter()))
        self._rounds.append(self._round())

    def passages(self) -> Iterator[Passage]:
        """What became of each attempt in each change, with all that has arrived by now. Stops the watch."""
        self.stop()
        rounds = [[self._again(each) for each in sent] for sent in self._rounds]
        everything = [self._again(each) for each in sorted(self._sent, key=lambda each: each.begun)]
        begins, ends = zip(*self._changes, strict=True) if self._changes else ((), ())
        for number, (changed, settled, following, before, after) in enumerate(
            zip(self._changes, (0.0, *ends), (*begins[1:], math.inf), rounds, rounds[1:], strict=False), 1
        ):
            during = [
                each
                for each in everything
                if settled <= each.begun < changed[1] and changed[0] < each.ended <= following
            ]
            for first, last in zip(before, after, strict=True):
                own = tuple(each for each in during if each.attempt == first.attempt)
                yield Passage(number, first, own, last, changed)

    def _round(self) -> list[Sent]:
        return list(self._send(self._attempts))

    def _send(self, attempts: Iterable[Attempt]) -> Iterator[Sent]:
        for attempt in attempts:
            begun = time.perf_counter()
            exchange = self._probe.send(attempt.endpoint, attempt.request)
            yield Sent(attempt, exchange, begun, time.perf_counter())

    def _keep_sending(self) -> None:
        while True:
            with self._turn:
                if self._is_stopping:
                    return
                attempt = next(self._next)
            sent = list(self._send([attempt]))
            with self._turn:
                self._sent += sent
                self._turn.notify_all()

    def _again(self, sent: Sent) -> Sent:
        return replace(sent, exchange=self._probe.look_again(sent.exchange))
