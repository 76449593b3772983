"""Deliberately wrong variants of the controller: each proves that the suite notices what it is meant to notice.

A fault changes which policies are wanted or in which order they are written, and nothing else. It names the clauses
that it violates, or whose effect can no longer be seen: every scenario that carries one of these must fail, and every
other must not.
"""

from __future__ import annotations

from gwjwt.errors import UsageError
from gwjwt.reference.faults import authorizer, requirement, rules
from gwjwt.reference.faults.fault import Fault, Situation

__all__ = ["FAULTS", "Fault", "Situation", "UnknownFault", "named"]

FAULTS = {fault.name: fault for fault in (*requirement.FAULTS, *rules.FAULTS, *authorizer.FAULTS)}


class UnknownFault(UsageError):
    """There is no fault of this name."""

    def __init__(self, name: str) -> None:
        self.choices = tuple(FAULTS)
        super().__init__(f"unknown fault {name!r} (valid: {', '.join(self.choices)})")


def named(name: str) -> Fault:
    """The fault of this name.

    Raises:
        UnknownFault: with the valid names.
    """
    if name not in FAULTS:
        raise UnknownFault(name)
    return FAULTS[name]
