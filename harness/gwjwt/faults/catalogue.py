"""Every fault that can be switched on, with the clauses that it violates.

Where a fault is made differs: what is written in ``gwjwt.reference.faults``, what the gateway does in
``gwjwt.environments.embedded.faults``. What it violates was written from ``features/clauses.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Literal, Protocol

from gwjwt.errors import UsageError
from gwjwt.reporting.verdict import Verdict

Level = Literal["written", "gateway", "time"]
"""What the controller or the charm writes; what the gateway does with it; what is wrong for a while only."""


OF_A_CHARM = ("CHARM-IFACE-01", "CHARM-IFACE-02", "CHARM-LIB-01", "CHARM-REQ-01", "CHARM-LEADER-02")
"""Clauses that only a charm's source can violate; ``tests/charm/test_mistakes.py`` has one that does for each."""

NO_FAULT = {
    "ISTIO-TOKEN-01": "says what is in the article's sample token; no implementation has a part in that",
    "CHARM-LEADER-01": "Juju itself refuses what a unit that is not the leader writes for its application",
    **dict.fromkeys(
        OF_A_CHARM, "only a charm's source can violate it: the tests of the charm driver patch one"
    ),
}
"""Clauses that no fault here violates, with the reason."""

KILLS_NOTHING = dict.fromkeys(
    (
        "gloo-jwt-policy/providers/its-second-segment-decodes-to-the-documented-claims",
        "istio-ingress-jwt/sample-token/the-second-segment-decodes-to-the-documented-claims",
    ),
    "decodes the sample token and asks no implementation anything",
)
"""Core scenarios that no fault can make fail, with the reason."""


class Graded(Protocol):
    """What has to be known of a clause to ask for its faults."""

    @property
    def id(self) -> str: ...

    @property
    def level(self) -> str: ...


@dataclass(frozen=True)
class CataloguedFault:
    """One wrong implementation under its name."""

    name: str
    level: Level
    summary: str
    clauses: tuple[str, ...]
    seen_as: Verdict = Verdict.FAILED
    """The verdict that gives it away: ``inconclusive`` where an answer proves nothing (decision D1)."""
    equivalent: str = ""
    """Why nobody can tell it from a right implementation; empty for all that can be told."""

    odds: str = ""
    """How often a whole run would not notice; empty for what is wrong each time."""

    @property
    def in_environment(self) -> bool:
        """Whether it is an option of the environment, rather than of the driver."""
        return self.level != "written"


@cache
def catalogue() -> Mapping[str, CataloguedFault]:
    """All faults by name, in the order of their levels."""
    from gwjwt.faults.gateways import GATEWAYS  # the rest of the package knows this module
    from gwjwt.reference.faults import FAULTS, MANIFEST_FAULTS

    controllers = [
        CataloguedFault(each.name, "written", each.summary, each.clauses) for each in FAULTS.values()
    ]
    manifests = [
        CataloguedFault(each.name, "written", each.summary, each.clauses) for each in MANIFEST_FAULTS.values()
    ]
    return {each.name: each for each in (*controllers, *manifests, *GATEWAYS)}


def uncovered(clauses: Iterable[Graded]) -> dict[str, str]:
    """The core and extended clauses that no fault violates, with the reason; without one it is a hole."""
    violated = {clause for fault in catalogue().values() for clause in fault.clauses}
    return {
        each.id: NO_FAULT.get(each.id, "")
        for each in clauses
        if each.level != "note" and each.id not in violated
    }


def fault_named(name: str) -> CataloguedFault:
    """The fault of this name.

    Raises:
        UsageError: there is none; names those that are spelled alike.
    """
    faults = catalogue()
    if name in faults:
        return faults[name]
    close = get_close_matches(name, faults, n=5, cutoff=0.5)
    hint = f"did you mean {', '.join(close)}?" if close else "see `gwjwt faults list`"
    raise UsageError(f"unknown fault {name!r}; {hint}")
