"""From pytest's hooks to the event stream, in the process that the user started, with and without xdist."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gwjwt import __version__
from gwjwt.reporting.events import (
    EnvironmentFacts,
    EnvironmentStarted,
    Event,
    ImplementationFacts,
    RunFinished,
    RunProblem,
    RunStarted,
    ScenarioFinished,
    ScenariosSelected,
    ScenarioStarted,
)
from gwjwt.reporting.verdict import Verdict
from gwjwt.running.plan import RunPlan
from gwjwt.running.record import PROPERTY, PhaseRecord, conclude


class EventRelay:
    """A pytest plugin that turns hook calls into calls of ``pytest_gwjwt_event``."""

    def __init__(self, config: pytest.Config, plan: RunPlan) -> None:
        self._config = config
        self._plan = plan
        self._began = time.perf_counter()
        self._started_at = datetime.now(UTC)
        self._running: dict[str, str] = {}
        self._phases: dict[str, list[PhaseRecord]] = {}
        self._environments: set[str] = set()
        self._counted = False
        self._misused = False
        self._interrupted = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        plan = self._plan
        target = plan.target
        self._emit(
            RunStarted(
                started_at=self._started_at,
                suite_version=__version__,
                features_digest=plan.catalogue.features_digest,
                implementation=ImplementationFacts(**target.implementation.model_dump()),
                driver=target.driver,
                profiles=plan.profiles,
                features=plan.features,
                environment=target.environment,
                deadlines=target.deadlines,
                narrowed=plan.selection.narrows,
                seed=plan.seed,
                remarks=plan.remarks,
                fault=plan.fault,
            )
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self._selected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._selected(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._emit(RunProblem(f"collecting {report.nodeid}", report.longreprtext))

    def pytest_internalerror(self, excrepr: object) -> None:
        self._emit(RunProblem("running pytest", str(excrepr)))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note Ctrl-C; pytest's own ``Interrupted`` (a broken module, fail-fast) comes this way too."""
        self._interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        scenario = location[2]
        if scenario in self._plan.catalogue.by_id:
            self._running[nodeid] = scenario
            self._phases[nodeid] = []
            self._emit(ScenarioStarted(scenario))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        scenario = self._running.get(report.nodeid)
        if scenario is None:
            return
        worker = str(getattr(report, "worker_id", ""))
        record = _record_in(report)
        if record is None:
            self._lost(report, scenario)
            return
        self._phases[report.nodeid].append(record)
        if record.misuse and not self._misused:
            self._misused = True
            self._emit(RunProblem("the target", record.misuse, misuse=True))
        if record.environment is not None:
            self._environment(record.environment)
        if record.phase == "teardown":
            start = max(0.0, record.began - self._started_at.timestamp())
            self._finished(report.nodeid, conclude(scenario, self._phases[report.nodeid], worker, start))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._emit(RunFinished(duration=time.perf_counter() - self._began, interrupted=self._interrupted))

    def _lost(self, report: pytest.TestReport, scenario: str) -> None:
        """Finish a scenario whose process died: xdist has made the report then, and it carries no record."""
        reason = f"the test process died: {report.longreprtext.strip() or 'no word from it'}"
        start = time.perf_counter() - self._began  # when its end was noticed: nobody can tell when it began
        self._finished(report.nodeid, ScenarioFinished(scenario, Verdict.ERROR, reason, start=start))

    def _finished(self, nodeid: str, event: ScenarioFinished) -> None:
        del self._running[nodeid], self._phases[nodeid]
        self._emit(event)

    def _environment(self, facts: dict[str, object]) -> None:
        text = repr(facts)
        if text not in self._environments:
            self._environments.add(text)
            self._emit(EnvironmentStarted(EnvironmentFacts(**facts)))  # type: ignore[arg-type]  # made by as_dict

    def _selected(self, ids: list[str]) -> None:
        """Say once how many there are; under xdist every worker has collected the same."""
        if self._counted:
            return
        self._counted = True
        steps = self._plan.catalogue.root / "steps"
        root = self._config.rootpath
        own = [name for name in ids if Path(root, name.partition("::")[0]).is_relative_to(steps)]
        self._emit(ScenariosSelected(len(own)))

    def _emit(self, event: Event) -> None:
        self._config.hook.pytest_gwjwt_event(event=event)


def _record_in(report: pytest.TestReport) -> PhaseRecord | None:
    text = next((value for name, value in report.user_properties if name == PROPERTY), None)
    return None if text is None else PhaseRecord.from_json(str(text))
