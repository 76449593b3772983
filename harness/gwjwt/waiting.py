"""All waiting of the suite: until something is true, or that something stays true.

Both keep what the last attempt saw, so that a time-out tells what was there instead of "condition never satisfied".
Nothing else in the suite sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from gwjwt.errors import GwjwtError

T = TypeVar("T")

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.1


@dataclass(frozen=True)
class Deadlines:
    """How long the suite waits, in seconds. A report records these, so that two runs can be compared."""

    start: float = 20.0
    """A process or a server until it is ready."""
    settle: float = 10.0
    """A change until the implementation has acted on it and the gateway serves it."""
    request: float = 5.0
    """One request, from connecting to the last byte."""
    stop: float = 5.0
    """A process from the polite signal to the one that cannot be ignored."""

    def as_seconds(self) -> dict[str, float]:
        return asdict(self)


class NotYet(GwjwtError):
    """Raised by an attempt that did not succeed yet; the message says what it saw instead."""


class TimedOut(GwjwtError):
    """The deadline passed. ``last`` is what the last attempt saw."""

    def __init__(self, what: str, seconds: float, attempts: int, last: str) -> None:
        self.what, self.seconds, self.attempts, self.last = what, seconds, attempts, last
        super().__init__(f"{what}: not within {seconds:g} s ({attempts} attempts); last seen: {last}")


def eventually(what: str, attempt: Callable[[], T], deadline: float) -> T:
    """Call ``attempt`` until it returns, at most ``deadline`` seconds, with growing pauses from 2 ms to 100 ms.

    ``attempt`` raises ``NotYet`` with what it saw; any other exception ends the wait and is the caller's.

    Raises:
        TimedOut: with the last ``NotYet``.
    """
    until = time.monotonic() + deadline
    pause = _FIRST_PAUSE
    attempts = 0
    while True:
        attempts += 1
        try:
            return attempt()
        except NotYet as seen:
            if time.monotonic() + pause > until:
                raise TimedOut(what, deadline, attempts, str(seen)) from seen
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def stays(attempt: Callable[[], object], window: float, pause: float = 0.02) -> int:
    """Call ``attempt`` again and again for ``window`` seconds; whatever it raises is the caller's.

    Returns:
        how often it was called, at least twice: once at the start and once at the end of the window.
    """
    until = time.monotonic() + window
    attempts = 0
    while True:
        last = time.monotonic() >= until
        attempt()
        attempts += 1
        if last and attempts > 1:
            return attempts
        time.sleep(min(pause, max(until - time.monotonic(), 0.0)))
