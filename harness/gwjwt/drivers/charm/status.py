"""Juju's statuses as the suite's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from gwjwt.drivers.protocol import Status

State: TypeAlias = Literal["active", "blocked", "waiting", "error"]

_WORST_FIRST: tuple[State, ...] = ("error", "blocked", "waiting", "active")
_STATUS: Mapping[str, State] = {
    "active": "active",
    "blocked": "blocked",
    "waiting": "waiting",
    "maintenance": "waiting",
    "error": "error",
}


def worst(said: Iterable[tuple[str, str]]) -> Status:
    """The worst of several statuses, each with its message; ``unknown`` is none, and none at all is waiting."""
    known = [(_STATUS.get(name, "waiting"), message) for name, message in said if name != "unknown"]
    state, message = min(known, key=lambda each: _WORST_FIRST.index(each[0]), default=("waiting", ""))
    return Status(state, message)
