"""From what happened to a scenario in this process to its verdict."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gwjwt import timings
from gwjwt.errors import (
    EnvironmentDied,
    EnvironmentFailed,
    GwjwtError,
    Observation,
    Unsupported,
    UsageError,
)
from gwjwt.redaction import redact
from gwjwt.reporting.verdict import EARLIER, Verdict, reason_of, verdict_of
from gwjwt.running.binding import scenario_of, show_as_scenario
from gwjwt.running.evidence_log import EvidenceLog
from gwjwt.running.record import PROPERTY, Phase, PhaseRecord
from gwjwt.specification.selection import shuffled
from gwjwt.traffic.judgements import listening

if TYPE_CHECKING:
    from gwjwt.reporting.events import EnvironmentFacts
    from gwjwt.running.plan import RunPlan
    from gwjwt.specification.features import Scenario


_SCENARIO = pytest.StashKey["Scenario"]()


@dataclass
class _Course:
    """How the scenario that runs now is going."""

    scenario: Scenario
    evidence: EvidenceLog = field(default_factory=EvidenceLog)
    step: str = ""
    began: float = field(default_factory=time.perf_counter)
    began_at: float = field(default_factory=time.time)
    spent_before: Mapping[str, float] = field(default_factory=timings.spent)


class ScenarioJudge:
    """A pytest plugin: knows which items are scenarios, selects them and puts a verdict in each report."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._course: _Course | None = None
        self._died: EnvironmentDied | None = None
        self._shared_failed = False
        self._environment: EnvironmentFacts | None = None
        self._require_whole_place: Callable[[], None] = lambda: None

    @property
    def profile(self) -> str:
        """The profile of the scenario that runs now; empty outside of one."""
        return self._course.scenario.profile if self._course else ""

    @property
    def evidence(self) -> EvidenceLog:
        """The log of the scenario that runs now; one that nobody reads outside of a scenario."""
        return self._course.evidence if self._course else EvidenceLog()

    def environment_started(self, facts: EnvironmentFacts, check: Callable[[], None]) -> None:
        """Have the next report tell that this process has its environment; ``check`` raises if it is broken."""
        self._environment, self._require_whole_place = facts, check
        gc.freeze()  # all that has been loaded by now stays: collecting goes on without looking through it

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        taken, left = [], []
        for item in items:
            scenario = scenario_of(item, self._plan.catalogue)
            if scenario is None or self._plan.takes(scenario):
                taken.append(item)
            else:
                left.append(item)
            if scenario is not None:
                item.stash[_SCENARIO] = scenario
                show_as_scenario(item, scenario)
        if not config.pluginmanager.hasplugin("terminalreporter"):
            config.option.tbstyle = (
                "native"  # nobody sees the excerpts of code that pytest takes 50 ms to make
            )
        if left:
            config.hook.pytest_deselected(items=left)
        if self._plan.seed is not None:
            taken = shuffled(taken, self._plan.seed, key=lambda item: item.nodeid)
        items[:] = taken

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        scenario = item.stash.get(_SCENARIO, None)
        if scenario is None:
            return (yield)
        self._course = _Course(scenario)
        try:
            with listening(self._course.evidence.judged):
                return (yield)
        finally:
            self._course = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if self._course is None:
            return
        if reason := self._plan.unsupported(self._course.scenario):
            raise Unsupported(reason)
        if self._died is not None:
            raise EnvironmentDied(self._died.what, self._died.cause + EARLIER)  # its log is told once

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Notice when something that all scenarios share cannot be set up: pytest would try again for each."""
        ready = fixturedef.scope != "session"
        try:
            result = yield
            ready = True
            return result
        finally:
            self._shared_failed = self._shared_failed or not ready

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_before_step(self, step: Any) -> None:
        self._reached(step)

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_step_func_lookup_error(self, step: Any) -> None:
        self._reached(step)

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_step_error(self, exception: Exception) -> None:
        """Say nothing against an implementation in a place that is broken itself: that error takes its place."""
        if isinstance(exception, Observation) and not isinstance(exception, Unsupported):
            self._require_whole_place()

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_after_step(self) -> None:
        """Record nothing from a broken place either."""
        if self._course is not None and self._course.evidence.observation is not None:
            self._require_whole_place()

    def _reached(self, step: Any) -> None:
        if self._course is not None:
            place = f"{self._course.scenario.file.name}:{step.line_number}"
            self._course.step = f"{step.keyword} {step.name} ({place})"
            since = time.perf_counter() - self._course.began
            self._course.evidence.reached(f"{step.keyword} {step.name}", step.line_number, since)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if self._course is not None:
            record = self._record(self._course, call, report)
            report.user_properties.append((PROPERTY, record.to_json()))
            _explain(report, record, call.excinfo.value if call.excinfo else None)
        return report

    def _record(self, course: _Course, call: pytest.CallInfo[None], report: pytest.TestReport) -> PhaseRecord:
        error = call.excinfo.value if call.excinfo else None
        verdict = _verdict(call.when, error, report, course.evidence)
        reason = _reason(error) if error else (course.evidence.observation or "")
        if verdict is Verdict.PASSED:
            reason = ""
        elif error and call.when == "call":
            reason = "\n".join([reason, *course.evidence.complaints])
        misuse = next((link for link in _chain(error) if isinstance(link, UsageError)), None)
        self._died = self._died or self._death(error)
        if reason:
            reason = redact(reason)
        last = call.when == "teardown"
        times = self._times(course) if last else {}
        environment, self._environment = self._environment, None
        return PhaseRecord(
            scenario=course.scenario.id,
            phase=_phase(call.when),
            verdict=verdict,
            reason=reason,
            step=course.step if error and call.when == "call" else "",
            evidence=course.evidence.entries if last else [],
            began=course.began_at if last else 0.0,
            duration=sum(seconds for name, seconds in times.items() if name != "start"),
            timings=times,
            misuse=redact(str(misuse)) if misuse else "",
            environment=asdict(environment) if environment else None,
        )

    def _death(self, error: BaseException | None) -> EnvironmentDied | None:
        """What keeps this process from judging any further scenario, if the error does."""
        failed = next((link for link in _chain(error) if isinstance(link, EnvironmentFailed)), None)
        if error is None or not (self._shared_failed or isinstance(failed, EnvironmentDied)):
            return None
        if failed is None:
            return EnvironmentDied("what all scenarios share", _reason(error))
        return EnvironmentDied(failed.what, failed.cause, failed.log)

    def _times(self, course: _Course) -> dict[str, float]:
        return timings.since(course.spent_before, time.perf_counter() - course.began)


def _verdict(
    when: str, error: BaseException | None, report: pytest.TestReport, evidence: EvidenceLog
) -> Verdict:
    if hasattr(report, "wasxfail"):
        return Verdict.EXPECTED_FAILURE if report.skipped else Verdict.UNEXPECTED_PASS
    if error is None:
        if report.failed:  # a strict xfail that passed
            return Verdict.UNEXPECTED_PASS
        observed = when == "call" and evidence.observation is not None
        return Verdict.RECORDED if observed else Verdict.PASSED
    if isinstance(error, (Unsupported, pytest.skip.Exception)):
        return Verdict.UNSUPPORTED
    if when != "call":
        return Verdict.ERROR
    return Verdict.FAILED if isinstance(error, pytest.fail.Exception) else verdict_of(error)


def _reason(error: BaseException) -> str:
    if isinstance(error, (pytest.skip.Exception, pytest.fail.Exception)):
        return str(error.msg)
    return reason_of(error)


def _explain(report: pytest.TestReport, record: PhaseRecord, error: BaseException | None) -> None:
    """Let pytest show what was found and at which step, instead of the suite's own call stack."""
    if isinstance(error, Unsupported):
        report.outcome = "skipped"
        file, line, _ = report.location
        report.longrepr = (file, (line or 0) + 1, record.reason)
    elif isinstance(error, GwjwtError):
        report.longrepr = f"{record.step}\n{record.reason}".strip()
        error.__traceback__ = (
            None  # who raises the same error for each scenario must not make it longer each time
        )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from or during, and the members of groups."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _chain(member)
        error = error.__cause__ or error.__context__


def _phase(when: str) -> Phase:
    match when:
        case "setup" | "call" | "teardown":
            return when
        case _:
            raise ValueError(f"pytest reports no phase {when!r} of a test")
