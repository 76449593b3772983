"""Which scenario catches which fault, from what happened to the scenarios under each fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from gwjwt.faults.catalogue import KILLS_NOTHING, NO_FAULT, CataloguedFault
from gwjwt.reporting.verdict import AGAINST, Verdict


class Judgeable(Protocol):
    """What the matrix has to know of a scenario."""

    @property
    def id(self) -> str: ...

    @property
    def level(self) -> str: ...

    @property
    def profile(self) -> str: ...

    @property
    def clauses(self) -> Sequence[str]: ...


class Stated(Protocol):
    """What the matrix has to know of a clause."""

    @property
    def id(self) -> str: ...

    @property
    def level(self) -> str: ...

    @property
    def profile(self) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """What happened to one scenario under one fault."""

    fault: str
    scenario: str
    verdict: Verdict
    reason: str = ""
    step: str = ""


@dataclass(frozen=True)
class Row:
    """One fault before the scenarios of one profile, and what became of it."""

    fault: CataloguedFault
    profile: str
    violated: tuple[str, ...]
    """Its clauses of this profile."""
    killers: tuple[Outcome, ...]
    """Of scenarios that carry a violated clause and gave the verdict that gives the fault away."""
    elsewhere: tuple[Outcome, ...]
    """Speak against the implementation, but of no violated clause."""
    unjudged: tuple[Outcome, ...]
    """Broke, and say nothing."""
    unnoticed: tuple[str, ...]
    """Violated clauses whose scenarios here all passed."""

    @property
    def killed(self) -> bool:
        return bool(self.killers)


def pairs(
    faults: Iterable[CataloguedFault], scenarios: Iterable[Judgeable], *, thorough: bool
) -> list[tuple[str, str]]:
    """Fault and scenario of each run that there is to be made.

    Args:
        faults: equivalent ones are left out.
        scenarios: those that can be judged.
        thorough: with every scenario, else with those only that carry a violated clause.
    """
    known = list(scenarios)
    return [
        (fault.name, scenario.id)
        for fault in faults
        if not fault.equivalent
        for scenario in known
        if thorough or set(fault.clauses) & set(scenario.clauses)
    ]


def finished(
    faults: Iterable[CataloguedFault], planned: Iterable[tuple[str, str]], outcomes: Iterable[Outcome]
) -> list[CataloguedFault]:
    """The faults of which every planned run was made."""
    unmade = set(planned) - {(each.fault, each.scenario) for each in outcomes}
    waiting = {fault for fault, _ in unmade}
    return [each for each in faults if each.name not in waiting]


@dataclass(frozen=True)
class KillMatrix:
    """Everything that came out. ``whole``: of the whole catalogue, so that what is missing can be told."""

    faults: Sequence[CataloguedFault]
    scenarios: Sequence[Judgeable]
    clauses: Sequence[Stated]
    outcomes: Sequence[Outcome]
    whole: bool = True
    unmade: int = 0
    """How many runs an interruption has kept from being made; a fault that waits for one is not among ``faults``."""
    duration: float = field(default=0.0, compare=False)

    @cached_property
    def rows(self) -> list[Row]:
        """One for each fault and each profile of which it violates a clause that a scenario here carries."""
        carried = {clause for scenario in self.scenarios for clause in scenario.clauses}
        profiles = {each.id: each.profile for each in self.clauses if each.id in carried}
        return [
            self._row(fault, profile, {each for each in fault.clauses if profiles.get(each) == profile})
            for fault in self.faults
            if not fault.equivalent
            for profile in dict.fromkeys(profiles[each] for each in fault.clauses if each in profiles)
        ]

    def _row(self, fault: CataloguedFault, profile: str, violated: set[str]) -> Row:
        carried = {each.id: set(each.clauses) for each in self.scenarios if each.profile == profile}
        own = [each for each in self.outcomes if each.fault == fault.name and each.scenario in carried]
        against = [each for each in own if each.verdict in AGAINST]
        noticed = {clause for each in against for clause in carried[each.scenario]}
        asked = {clause for each in own for clause in carried[each.scenario]}
        return Row(
            fault=fault,
            profile=profile,
            violated=tuple(each for each in fault.clauses if each in violated),
            killers=tuple(
                each
                for each in against
                if each.verdict is fault.seen_as and carried[each.scenario] & violated
            ),
            elsewhere=tuple(each for each in against if not carried[each.scenario] & violated),
            unjudged=tuple(each for each in own if each.verdict is Verdict.ERROR),
            unnoticed=tuple(each for each in fault.clauses if each in violated & (asked - noticed)),
        )

    @property
    def survivors(self) -> list[Row]:
        return [row for row in self.rows if not row.killed]

    @property
    def killed_elsewhere_only(self) -> list[Row]:
        """Survivors that some scenario noticed which carries none of the violated clauses."""
        return [row for row in self.survivors if row.elsewhere]

    @property
    def equivalent(self) -> list[CataloguedFault]:
        return [fault for fault in self.faults if fault.equivalent]

    @property
    def idle_scenarios(self) -> list[str]:
        """Core scenarios that have killed nothing although something could; told of the whole catalogue only."""
        if not self.whole:
            return []
        killing = {each.scenario for row in self.rows for each in row.killers}
        return [
            each.id
            for each in self.scenarios
            if each.level == "core" and each.id not in killing and each.id not in KILLS_NOTHING
        ]

    @property
    def clauses_without_fault(self) -> list[str]:
        """Core and extended clauses of judgeable scenarios that no fault violates."""
        if not self.whole:
            return []
        violated = {clause for fault in self.faults for clause in fault.clauses}
        carried = {clause for scenario in self.scenarios for clause in scenario.clauses}
        return [
            each.id
            for each in self.clauses
            if each.level != "note"
            and each.id in carried
            and each.id not in violated
            and each.id not in NO_FAULT
        ]
