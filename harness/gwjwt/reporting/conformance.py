"""From the event stream to a conformance report, as plain data with the keys that its schema has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from gwjwt.reporting.digests import evidence_lines, lines_digest, sealed
from gwjwt.reporting.events import (
    EnvironmentFacts,
    EnvironmentStarted,
    Event,
    RunFinished,
    RunProblem,
    RunStarted,
    ScenarioFinished,
    ScenariosSelected,
    ScenarioStarted,
)
from gwjwt.reporting.redacted import redacted
from gwjwt.reporting.verdict import AGAINST, Verdict, worst

API_VERSION = "gwjwt.dev/v1alpha1"
KIND = "ConformanceReport"
NOT_RUN = "not-run"
"""Stands for the verdict of a clause that not all of its scenarios speak for."""

LEVELS = ("core", "extended")
"""Of the scenarios that decide about a profile; others are told of where somebody has run them."""


class StatedScenario(Protocol):
    """What a report says of a scenario beside its outcome; ``gwjwt.specification`` has them."""

    @property
    def id(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def clauses(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> str: ...
    @property
    def optional_features(self) -> tuple[str, ...]: ...


class StatedClause(Protocol):
    """What a report says of a clause beside its verdict."""

    @property
    def id(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def level(self) -> str: ...


class Result(StrEnum):
    """What a run shows about a profile or one of its levels."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """Something broke, so that not everything could be judged."""
    INCOMPLETE = "incomplete"
    """Not all of it was judged: only a part was asked for, or the driver cannot express a core scenario.

    A core scenario that depends on a feature which is not claimed is left out of account: where an application's side
    is not to be seen, nothing is said about it. ``unsupportedFeatures`` names what was left out.
    """
    INTERRUPTED = "interrupted"
    NONE = "none"
    """Nothing of this was to be judged."""


@dataclass
class RunRecord:
    """A sink that keeps what a run said, for whoever makes a report of it."""

    started: RunStarted | None = None
    selected: int | None = None
    environment: EnvironmentFacts | None = None
    running: dict[str, None] = field(default_factory=dict)
    finished: dict[str, ScenarioFinished] = field(default_factory=dict)
    problems: list[RunProblem] = field(default_factory=list)
    ended: RunFinished | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.started = event
            case ScenariosSelected():
                self.selected = event.count
            case EnvironmentStarted():
                self.environment = self.environment or event.environment
            case ScenarioStarted():
                self.running[event.id] = None
            case ScenarioFinished():
                self.running.pop(event.id, None)
                self.finished[event.id] = event
            case RunProblem():
                self.problems.append(event)
            case RunFinished():
                self.ended = event

    @property
    def interrupted(self) -> bool:
        """Whether the run was cut short from outside; one that ended without a word counts as such."""
        return self.ended.interrupted if self.ended else not self.problems

    @property
    def whole(self) -> bool:
        """Whether all that was selected got its verdict."""
        return self.selected is not None and len(self.finished) >= self.selected and not self.problems


@dataclass(frozen=True)
class LevelOutcome:
    """The scenarios of one level of a profile, and what they show together."""

    level: str
    stated: Sequence[StatedScenario]
    finished: Sequence[ScenarioFinished]
    result: Result

    @property
    def statistics(self) -> dict[str, int]:
        counted = Counter(event.verdict for event in self.finished)
        return {verdict.value: counted[verdict] for verdict in Verdict}


def profile_levels(record: RunRecord, stated: Iterable[StatedScenario], profile: str) -> list[LevelOutcome]:
    """Core and extended of one profile."""
    own = [scenario for scenario in stated if scenario.profile == profile]
    return [
        _level(record, level, [scenario for scenario in own if scenario.level == level]) for level in LEVELS
    ]


def _level(record: RunRecord, level: str, stated: Sequence[StatedScenario]) -> LevelOutcome:
    finished = [record.finished[scenario.id] for scenario in stated if scenario.id in record.finished]
    return LevelOutcome(level, stated, finished, _result(record, level, stated, finished))


def _result(
    record: RunRecord, level: str, stated: Sequence[StatedScenario], finished: Sequence[ScenarioFinished]
) -> Result:
    verdicts = {event.verdict for event in finished}
    judged = verdicts - {Verdict.UNSUPPORTED}
    if verdicts & AGAINST:
        return Result.FAILED
    if record.interrupted:
        return Result.INTERRUPTED
    if Verdict.ERROR in verdicts or record.problems:
        return Result.ERROR
    if not stated or (level == "extended" and not judged):
        return Result.NONE
    complete = judged and len(finished) == len(stated)
    missing_core = level == "core" and _missing(record, stated)
    return Result.PASSED if complete and not missing_core else Result.INCOMPLETE


def _missing(record: RunRecord, stated: Sequence[StatedScenario]) -> bool:
    """Whether a scenario is unsupported for another reason than a feature that nobody claims."""
    claimed = record.started.features if record.started else frozenset()
    return any(
        record.finished[scenario.id].verdict is Verdict.UNSUPPORTED
        and set(scenario.optional_features) <= claimed
        for scenario in stated
        if scenario.id in record.finished
    )


_RESULTS_WORST_FIRST = (Result.FAILED, Result.INTERRUPTED, Result.ERROR)


def profile_result(levels: Sequence[LevelOutcome]) -> Result:
    """What a run shows about a profile: it passes when all of its core does and nothing extended fails."""
    present = {level.result for level in levels}
    return next((result for result in _RESULTS_WORST_FIRST if result in present), levels[0].result)


def conformance_report(
    record: RunRecord, scenarios: Sequence[StatedScenario], clauses: Iterable[StatedClause]
) -> dict[str, Any]:
    """The report of a run, free of secrets, with its digest. Its keys are those of ``gwjwt.reporting.document``.

    ``profiles[].result`` is ``passed`` only if every core scenario of the profile was judged and holds, apart from
    those of ``unsupportedFeatures``.

    Raises:
        ValueError: the run never started.
    """
    started = record.started
    if started is None:
        raise ValueError("a run that did not start has no report")
    return sealed(
        redacted({**_circumstances(record, started), **_findings(record, started, scenarios, clauses)})
    )


def _circumstances(record: RunRecord, started: RunStarted) -> dict[str, Any]:
    """What was run, where and how."""
    environment = record.environment or EnvironmentFacts(started.environment)
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "suite": {"version": started.suite_version, "featuresDigest": started.features_digest},
        "implementation": {
            "organization": started.implementation.organization,
            "project": started.implementation.project,
            "url": started.implementation.url,
            "version": started.implementation.version,
            "contact": list(started.implementation.contact),
        },
        "driver": started.driver,
        "environment": {"kind": environment.kind, "versions": dict(environment.versions)},
        "claims": {"profiles": sorted(started.profiles), "features": sorted(started.features)},
        "policy": {
            "settling": environment.settling,
            "order": "files" if started.seed is None else f"seed {started.seed}",
            "deadlines": started.deadlines.as_seconds(),
            "remarks": list(started.remarks),
        },
        "startedAt": started.started_at.isoformat(timespec="milliseconds"),
        "durationSeconds": round(record.ended.duration, 3) if record.ended else 0.0,
        "run": {
            "selected": record.selected,
            "interrupted": record.interrupted,
            "problems": [{"what": each.what, "reason": each.reason} for each in record.problems],
            "fault": started.fault,
        },
    }


def _findings(
    record: RunRecord,
    started: RunStarted,
    scenarios: Sequence[StatedScenario],
    clauses: Iterable[StatedClause],
) -> dict[str, Any]:
    """What follows from the verdicts."""
    profiles = sorted(started.profiles)
    counted = [each for each in scenarios if each.level in LEVELS or each.id in record.finished]
    return {
        "profiles": [_profile(record, scenarios, profile, started.features) for profile in profiles],
        "scenarios": [
            _scenario(scenario, record.finished[scenario.id])
            for scenario in scenarios
            if scenario.id in record.finished
        ],
        "clauses": [
            _clause(record, clause, [scenario for scenario in counted if clause.id in scenario.clauses])
            for clause in clauses
            if clause.profile in profiles and clause.level != "note"
        ],
    }


def _profile(
    record: RunRecord, scenarios: Sequence[StatedScenario], profile: str, claimed: frozenset[str]
) -> dict[str, Any]:
    core, extended = levels = profile_levels(record, scenarios, profile)
    known = sorted(
        {name for level in levels for scenario in level.stated for name in scenario.optional_features}
    )
    return {
        "name": profile,
        "result": profile_result(levels).value,
        "core": {"result": core.result.value, "statistics": core.statistics},
        "extended": {
            "result": extended.result.value,
            "statistics": extended.statistics,
            "supportedFeatures": [name for name in known if name in claimed],
            "unsupportedFeatures": [name for name in known if name not in claimed],
        },
    }


def _scenario(stated: StatedScenario, event: ScenarioFinished) -> dict[str, Any]:
    return {
        "id": stated.id,
        "profile": stated.profile,
        "title": stated.title,
        "clauses": list(stated.clauses),
        "level": stated.level,
        "verdict": event.verdict.value,
        "reason": event.reason,
        "step": event.step,
        "attempts": event.attempts,
        "startSeconds": round(event.start, 3),
        "durationSeconds": round(event.duration, 3),
        "worker": event.worker,
        "evidence": _evidence(event),
    }


def _evidence(event: ScenarioFinished) -> dict[str, Any]:
    lines = evidence_lines(event)
    return {"entries": len(lines), "digest": lines_digest(lines)}


def _clause(record: RunRecord, clause: StatedClause, scenarios: Sequence[StatedScenario]) -> dict[str, Any]:
    verdicts = [
        record.finished[scenario.id].verdict for scenario in scenarios if scenario.id in record.finished
    ]
    decided = worst(verdicts)
    if decided is Verdict.PASSED and len(verdicts) < len(scenarios):
        decided = None
    return {
        "id": clause.id,
        "level": clause.level,
        "scenarios": [scenario.id for scenario in scenarios],
        "verdict": decided.value if decided else NOT_RUN,
    }
