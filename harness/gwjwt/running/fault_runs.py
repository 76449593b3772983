"""Scenarios under many faults in one pytest session: each fault is a parameter of what the session shares.

pytest takes down the environment and the implementation of one fault before it starts those of the next; the embedded
environment takes a fifth of a second for that. Under pytest-xdist all scenarios of a fault run in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gwjwt.faults.catalogue import CataloguedFault, fault_named
from gwjwt.faults.matrix import Outcome, pairs
from gwjwt.reporting.verdict import Verdict
from gwjwt.running.binding import scenario_of, scenarios_of
from gwjwt.running.plan import RunPlan, under_fault
from gwjwt.running.record import PROPERTY, PhaseRecord, conclude

if TYPE_CHECKING:
    from gwjwt.drivers.protocol import Driver
    from gwjwt.target import Target

_PROPERTY = "gwjwt-fault"
_FIXTURE = "gwjwt_fault"
_SETTLE_SECONDS = 4.0
"""A fault may keep a controller from ever saying that it has acted: not long enough to wait for it at length."""


def faulty_runs(plan: RunPlan, faults: Iterable[CataloguedFault], *, thorough: bool) -> list[tuple[str, str]]:
    """Fault and scenario of each run that the plan's target can be asked to make."""
    scenarios = [each for each in plan.catalogue.scenarios if plan.takes(each) and not plan.unsupported(each)]
    return pairs(faults, scenarios, thorough=thorough)


class FaultRuns:
    """A pytest plugin that runs each scenario under each fault that it has to do with, instead of once."""

    def __init__(self, plan: RunPlan, names: Sequence[str], *, thorough: bool) -> None:
        self._plan = plan
        faults = [fault_named(name) for name in names]
        self._wanted = dict.fromkeys(faulty_runs(plan, faults, thorough=thorough))

    @pytest.fixture(scope="session", autouse=True)
    def gwjwt_fault(self, request: pytest.FixtureRequest) -> CataloguedFault:
        return fault_named(request.param)

    @pytest.fixture(scope="session")
    def gwjwt_target(self, gwjwt_fault: CataloguedFault) -> Target:
        target = self._plan.target
        impatient = replace(target, deadlines=replace(target.deadlines, settle=_SETTLE_SECONDS))
        return under_fault(impatient, gwjwt_fault.name)

    @pytest.fixture(scope="session")
    def gwjwt_driver(self, gwjwt_target: Target) -> Driver:
        return gwjwt_target.make_driver()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for each fault that any row of the function's examples has to do with."""
        scenarios = {each.id for each in scenarios_of(metafunc.function, self._plan.catalogue)}
        if scenarios:
            faults = dict.fromkeys(fault for fault, scenario in self._wanted if scenario in scenarios)
            metafunc.parametrize(_FIXTURE, list(faults), scope="session", indirect=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what is wanted, fault by fault, before anybody looks at the items."""
        order = {pair: place for place, pair in enumerate(self._wanted)}
        found: list[tuple[int, pytest.Item]] = []
        for item in items:
            scenario = scenario_of(item, self._plan.catalogue)
            fault = fault_of(item)
            if scenario is not None and fault is not None and (fault, scenario.id) in order:
                found.append((order[fault, scenario.id], item))
                if config.pluginmanager.hasplugin("xdist"):
                    item.add_marker(pytest.mark.xdist_group(fault))
        items[:] = [item for _, item in sorted(found, key=lambda each: each[0])]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        report.user_properties.append((_PROPERTY, fault_of(item)))
        return report


def fault_of(item: pytest.Item) -> str | None:
    """The fault under which the item runs; None for one that runs under none."""
    parameters = (
        item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    )
    found = parameters.get(_FIXTURE)
    return found if isinstance(found, str) else None


class OutcomeListener:
    """A pytest plugin for the process that the user started: puts one outcome together from each item's reports."""

    def __init__(self, tell: Callable[[Outcome], None]) -> None:
        self._tell = tell
        self._phases: dict[str, list[PhaseRecord]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        if _PROPERTY not in properties or PROPERTY not in properties:
            return
        record = PhaseRecord.from_json(str(properties[PROPERTY]))
        phases = self._phases.setdefault(report.nodeid, [])
        phases.append(record)
        if record.phase == "teardown":
            finished = conclude(record.scenario, self._phases.pop(report.nodeid))
            fault = str(properties[_PROPERTY])
            verdict = Verdict(finished.verdict)
            self._tell(Outcome(fault, record.scenario, verdict, finished.reason, finished.step))
