"""Every fault that can be switched on, with the clauses that it violates.

Where a fault is made differs: what is written in ``gwjwt.reference.faults``, what the gateway does in
``gwjwt.environments.embedded.faults``. What it violates was written from ``features/clauses.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Literal

from gwjwt.errors import UsageError
from gwjwt.reporting.verdict import Verdict

Level = Literal["written", "gateway", "time"]
"""What the controller or the charm writes; what the gateway does with it; what is wrong for a while only."""


NO_FAULT = {
    "ISTIO-TOKEN-01": "says what is in the article's sample token; no implementation has a part in that",
}
"""Clauses that no implementation can violate, with the reason."""

KILLS_NOTHING = dict.fromkeys(
    (
        "gloo-jwt-policy/providers/its-second-segment-decodes-to-the-documented-claims",
        "istio-ingress-jwt/sample-token/the-second-segment-decodes-to-the-documented-claims",
    ),
    "decodes the sample token and asks no implementation anything",
)
"""Core scenarios that no fault can make fail, with the reason."""


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
        CataloguedFault(each.name, "written", each.summary, each.clauses, Verdict(each.seen_as))
        for each in MANIFEST_FAULTS.values()
    ]
    return {each.name: each for each in (*controllers, *manifests, *GATEWAYS)}


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
