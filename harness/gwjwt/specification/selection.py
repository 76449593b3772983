"""Which scenarios a run judges, in which order, and which of them a driver cannot express."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gwjwt.errors import UsageError
from gwjwt.specification.catalogue import Catalogue, matches_id
from gwjwt.specification.features import LEVELS_OF_SCENARIOS, Scenario

T = TypeVar("T")


@dataclass(frozen=True)
class Selection:
    """Names of profiles, clauses, scenarios and levels; an empty group does not restrict."""

    profiles: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    """Ids; an outline's id stands for all of its rows, a folder or file for all that is in it."""
    levels: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether it leaves out a part of a profile: such a run cannot show that the profile holds."""
        return bool(self.clauses or self.scenarios or self.levels)

    def check(self, catalogue: Catalogue) -> None:
        """Raises ``UsageError`` for a name that the specification does not know."""
        catalogue.require_profiles(self.profiles)
        catalogue.require_clauses(self.clauses)
        catalogue.require_scenarios(self.scenarios)
        for level in self.levels:
            if level not in LEVELS_OF_SCENARIOS:
                raise UsageError(f"unknown level {level!r}; valid are {', '.join(LEVELS_OF_SCENARIOS)}")

    def takes(self, scenario: Scenario) -> bool:
        return (
            (not self.profiles or scenario.profile in self.profiles)
            and (scenario.level in self.levels if self.levels else self._asks_for(scenario))
            and (not self.clauses or any(clause in scenario.clauses for clause in self.clauses))
            and (not self.scenarios or any(matches_id(wanted, scenario.id) for wanted in self.scenarios))
        )

    def _asks_for(self, scenario: Scenario) -> bool:
        """Whether it is in every run, or is named with more than its profile."""
        return not scenario.on_demand or any(
            "/" in wanted and matches_id(wanted, scenario.id) for wanted in self.scenarios
        )


def shuffled(items: Sequence[T], seed: int, key: Callable[[T], str]) -> list[T]:
    """The items in the order that the seed gives, whatever order they came in: the same in every process."""
    ordered = sorted(items, key=key)
    random.Random(seed).shuffle(ordered)  # noqa: S311  # an order to run in, not a secret
    return ordered


def unsupported_reason(
    scenario: Scenario, profiles: Collection[str], features: Collection[str], driver: str
) -> str | None:
    """Why an implementation that is driven so cannot be asked this, or None."""
    if scenario.profile not in profiles:
        return f"the driver {driver!r} does not express the profile {scenario.profile}"
    missing = [feature for feature in scenario.optional_features if feature not in features]
    if missing:
        return f"the implementation does not claim the feature {', '.join(missing)}"
    return None
