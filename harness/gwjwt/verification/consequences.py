"""What follows from the verdicts, made again by the same function that wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from gwjwt.reporting.conclusion import Conclusion, conclude_run
from gwjwt.reporting.conformance import RunRecord, conformance_report
from gwjwt.reporting.document import Report
from gwjwt.reporting.events import (
    ImplementationFacts,
    RunFinished,
    RunProblem,
    RunStarted,
    ScenarioFinished,
    ScenariosSelected,
)
from gwjwt.specification.catalogue import Catalogue
from gwjwt.verification.refusal import Refusal
from gwjwt.verification.submission import Submission
from gwjwt.waiting import Deadlines

_FOLLOWING = ("profiles", "scenarios", "clauses")


def consequences(submission: Submission, report: Report, catalogue: Catalogue) -> Iterator[Refusal]:
    """Every value that does not follow from the verdicts and from the suite's own features and clauses."""
    following = conformance_report(record_of(report), catalogue.scenarios, catalogue.clauses.values())
    for key in _FOLLOWING:
        for path, said, follows in _differences(key, submission.content[key], following[key]):
            reason = f"is {_told(said)}, but what follows from the rest is {_told(follows)}"
            yield Refusal(str(submission.file), path, reason)


def conclusion_of(report: Report, catalogue: Catalogue) -> Conclusion:
    """What the run means, as ``gwjwt run`` has it."""
    return conclude_run(record_of(report), catalogue.scenarios)


def record_of(report: Report) -> RunRecord:
    """What the run said of its scenarios, without evidence."""
    record = RunRecord()
    record(
        RunStarted(
            started_at=datetime.now(UTC),  # nothing follows from it
            suite_version=report.suite.version,
            features_digest=report.suite.featuresDigest,
            implementation=ImplementationFacts(),
            driver=report.driver,
            profiles=frozenset(report.claims.profiles),
            features=frozenset(report.claims.features),
            environment=report.environment.kind,
            deadlines=Deadlines(),
            fault=report.run.fault,
        )
    )
    if report.run.selected is not None:
        record(ScenariosSelected(report.run.selected))
    for each in report.scenarios:
        record(
            ScenarioFinished(
                each.id,
                each.verdict,
                each.reason,
                each.step,
                duration=each.durationSeconds,
                attempts=each.attempts,
                start=each.startSeconds,
                worker=each.worker,
            )
        )
    for problem in report.run.problems:
        record(RunProblem(problem.what, problem.reason))
    record(RunFinished(report.durationSeconds, report.run.interrupted))
    return record


_ABSENT = object()


def _differences(path: str, said: Any, follows: Any) -> Iterator[tuple[str, object, object]]:
    if path.startswith("scenarios[") and path.endswith("].evidence"):
        return  # what follows here has none
    if isinstance(said, dict) and isinstance(follows, dict):
        for key in dict.fromkeys([*follows, *said]):
            yield from _differences(f"{path}.{key}", said.get(key, _ABSENT), follows.get(key, _ABSENT))
    elif isinstance(said, list) and isinstance(follows, list):
        for index, (one, other) in enumerate(zip_longest(said, follows, fillvalue=_ABSENT)):
            yield from _differences(f"{path}[{index}]", one, other)
    elif said != follows:
        yield path, said, follows


def _told(value: object) -> str:
    return "not there" if value is _ABSENT else repr(value)
