"""Judgements as data: which function judged which exchanges with what outcome, so that it can be done again offline.

A judging function stays pure. Who wants to know what was judged listens for the time of a scenario.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ParamSpec

from gwjwt.errors import ClauseViolated, Inconclusive

P = ParamSpec("P")


class Outcome(StrEnum):
    """What a judging function found."""

    HOLDS = "holds"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Judgement:
    """One call of a judging function."""

    function: str
    arguments: Mapping[str, Any]
    """By the names of its parameters; defaults are filled in."""
    outcome: Outcome


Listener = Callable[[Judgement], None]

_LISTENER: ContextVar[Listener | None] = ContextVar("gwjwt-judgements", default=None)

JUDGING: dict[str, Callable[..., None]] = {}
"""Every judging function by its name."""


def judging(function: Callable[P, None]) -> Callable[P, None]:
    """Make a function one whose calls can be listened to and repeated.

    It takes exchanges and plain values, and raises ``ClauseViolated`` or ``Inconclusive``. A call inside of another
    judging function is a part of that one and not told by itself.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def judge(*args: P.args, **kwargs: P.kwargs) -> None:
        listener = _LISTENER.get()
        if listener is None:
            function(*args, **kwargs)
            return
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        listened = _LISTENER.set(None)
        outcome: Outcome | None = None  # a mistake of the suite is no judgement
        try:
            function(*args, **kwargs)
            outcome = Outcome.HOLDS
        except ClauseViolated:
            outcome = Outcome.VIOLATED
            raise
        except Inconclusive:
            outcome = Outcome.INCONCLUSIVE
            raise
        finally:
            _LISTENER.reset(listened)
            if outcome is not None:
                listener(Judgement(function.__name__, dict(bound.arguments), outcome))

    JUDGING[function.__name__] = judge
    return judge


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside, the listener is told each judgement of this thread, when it has been made."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def outcome_of(judge: Callable[[], None]) -> Outcome:
    """What a judgement finds when it is made now."""
    try:
        judge()
    except ClauseViolated:
        return Outcome.VIOLATED
    except Inconclusive:
        return Outcome.INCONCLUSIVE
    return Outcome.HOLDS
