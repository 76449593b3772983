"""What the time of a run goes to, by phase: gateway, kubernetes, requests, start, harness.

    with timings.phase("gateway"):
        ...

A phase inside another one counts for the inner one only, so the figures add up. Whatever is in no phase is
``harness``. Threads are independent of each other: only the thread that runs scenarios is reported, because
the others run beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

Phase = Literal["gateway", "kubernetes", "requests", "start"]
"""``start``: to bring an environment up or take it down, once for each process, no scenario's own time."""

HARNESS = "harness"


class _Clock(threading.local):
    """The open phases of one thread and the seconds that closed ones took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.open: list[str] = []
        self.since = 0.0

    def account(self, now: float) -> None:
        """Give the time since the last change to the innermost open phase."""
        if self.open:
            name = self.open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self.since
        self.since = now


_clock = _Clock()


@contextmanager
def phase(name: Phase) -> Iterator[None]:
    """Count the time in the block for ``name``, in this thread. Costs about a microsecond."""
    clock = _clock
    clock.account(time.perf_counter())
    clock.open.append(name)
    try:
        yield
    finally:
        clock.account(time.perf_counter())
        clock.open.pop()


def spent() -> dict[str, float]:
    """Seconds by phase in this thread since it began."""
    _clock.account(time.perf_counter())
    return dict(_clock.seconds)


def since(before: Mapping[str, float], elapsed: float) -> dict[str, float]:
    """Seconds by phase since ``before`` (an earlier ``spent()``), the rest of ``elapsed`` as harness."""
    now = spent()
    found = {name: now[name] - before.get(name, 0.0) for name in now if now[name] > before.get(name, 0.0)}
    found[HARNESS] = max(elapsed - sum(found.values()), 0.0)
    return found


def added(total: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
    """Both tables summed by phase."""
    return {name: total.get(name, 0.0) + more.get(name, 0.0) for name in {**total, **more}}
