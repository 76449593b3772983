"""What one run is about: the target, the driver's claims, and which scenarios are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gwjwt.specification.catalogue import Catalogue, load_catalogue
from gwjwt.specification.selection import Selection, unsupported_reason
from gwjwt.target import Target, load_target

if TYPE_CHECKING:
    from gwjwt.drivers.protocol import Driver
    from gwjwt.specification.features import Scenario


@dataclass(frozen=True)
class Wishes:
    """What the user asked for on a command line, gwjwt's own or pytest's."""

    target_file: Path | None = None
    driver: str | None = None
    driver_options: Mapping[str, str] = field(default_factory=dict)
    """Instead of, or beside, those in the target file."""
    environment: str | None = None
    environment_options: Mapping[str, str] = field(default_factory=dict)
    """Instead of, or beside, those in the target file."""
    fault: str | None = None
    selection: Selection = field(default_factory=Selection)
    seed: int | None = None


@dataclass(frozen=True)
class RunPlan:
    """Checked wishes. Made again in every test process; equal there because the wishes are."""

    catalogue: Catalogue
    target: Target
    driver: Driver
    selection: Selection
    seed: int | None

    @cached_property
    def profiles(self) -> frozenset[str]:
        """Those selected, else those of the target, else all that the driver expresses and the environment offers."""
        named = self.selection.profiles or self.target.profiles
        return frozenset(named or (each for each in self.driver.profiles if self._missing(each) is None))

    @cached_property
    def features(self) -> frozenset[str]:
        """The optional features that the implementation claims."""
        return self.driver.features if self.target.features is None else self.target.features

    @property
    def fault(self) -> str | None:
        """The mistake that driver or environment are told to make, on the command line or in the target file."""
        options = (self.target.driver_options, self.target.environment_options)
        return next((str(each["fault"]) for each in options if each.get("fault")), None)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the report has to know about the way the implementation was driven."""
        from gwjwt.drivers.protocol import Remarking  # not for who only lists scenarios

        return self.driver.remarks if isinstance(self.driver, Remarking) else ()

    @property
    def solitary(self) -> str | None:
        """Why the run cannot be spread over several test processes, or None."""
        from gwjwt.drivers.protocol import Solitary  # as above

        return self.driver.solitary if isinstance(self.driver, Solitary) else None

    def takes(self, scenario: Scenario) -> bool:
        return scenario.profile in self.profiles and self.selection.takes(scenario)

    def unsupported(self, scenario: Scenario) -> str | None:
        """Why the scenario cannot be judged with this driver in this environment, or None."""
        return self._missing(scenario.profile) or unsupported_reason(
            scenario, self.driver.profiles, self.features, self.driver.name
        )

    def _missing(self, profile: str) -> str | None:
        """Which product the environment does not have that the profile is about, or None."""
        from gwjwt.drivers.bundled import PRODUCTS  # as above
        from gwjwt.environments.registry import kinds_with  # as above

        product = PRODUCTS.get(profile)
        if product is None or self.target.environment in kinds_with(product):
            return None
        return (
            f"the environment {self.target.environment} has no {product}, which the profile {profile} is about "
            f"(environments that have it: {', '.join(kinds_with(product))})"
        )


def under_fault(target: Target, name: str) -> Target:
    """The same target, wrong in one way: by an option of its environment, else of its driver."""
    from gwjwt.faults.catalogue import catalogue  # only for who wants something wrong

    fault = catalogue().get(name)
    if fault is not None and fault.in_environment:
        return target.changed(environment_options={"fault": name})
    return target.changed(fault=name)


def plan_run(wishes: Wishes, root: Path | None = None) -> RunPlan:
    """Read everything that the wishes name and check it.

    Raises:
        UsageError: a name or a file is wrong; ``TargetError`` where it stands in the target file.
    """
    from gwjwt.environments.registry import KINDS, start_environment  # knows them all

    catalogue = load_catalogue(root)
    target = load_target(wishes.target_file).changed(
        driver=wishes.driver,
        driver_options=wishes.driver_options,
        environment=wishes.environment,
        environment_options=wishes.environment_options,
    )
    if wishes.fault is not None:
        target = under_fault(target, wishes.fault)
    optional = {name for scenario in catalogue.scenarios for name in scenario.optional_features}
    target.require(profiles=catalogue.profiles, features=sorted(optional), environments=KINDS)
    if target.environment_options:
        start_environment(target.environment, target.environment_options, target.deadlines, target.file)
    wishes.selection.check(catalogue)
    driver = target.make_driver()
    target.require_claims(driver, profiles=catalogue.profiles, features=sorted(optional))
    return RunPlan(catalogue, target, driver, wishes.selection, wishes.seed)
