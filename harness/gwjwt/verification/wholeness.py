"""Whether the run was a full one: of this suite, with all scenarios of what it claims, under its conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from gwjwt import __version__
from gwjwt.reporting.digests import content_digest
from gwjwt.reporting.document import Report, ScenarioSection
from gwjwt.reporting.verdict import Verdict
from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.features import Scenario
from gwjwt.verification.refusal import Refusal
from gwjwt.verification.submission import Submission

ALLOWED_SECONDS: Mapping[str, tuple[float, float]] = {
    "start": (1, 600),
    "settle": (1, 120),
    "request": (2, 30),
    "stop": (1, 120),
}
"""The deadlines that a run may have, from and to.

A request that is given up too early has not reached a backend yet, so that it would look as if it never did. An
implementation that needs longer than the upper ends does not serve its users either.
"""

_NO_FINDING = frozenset({Verdict.ERROR, Verdict.EXPECTED_FAILURE, Verdict.UNEXPECTED_PASS})


def wholeness(submission: Submission, report: Report, catalogue: Catalogue) -> Iterator[Refusal]:
    """What keeps the report from being that of a full run."""
    file = submission.file
    if report.digest != content_digest(submission.content):
        yield Refusal(str(file), "digest", "is not that of the content: the report was changed after the run")
    yield from _suite(file, report, catalogue)
    yield from _run(file, report)
    yield from _deadlines(file, report)
    yield from _coverage(file, report, catalogue)
    for index, section in enumerate(report.scenarios):
        scenario = catalogue.by_id.get(section.id)
        if scenario is not None:
            yield from _scenario(file, f"scenarios[{index}]", section, scenario, report)


def _suite(file: Path, report: Report, catalogue: Catalogue) -> Iterator[Refusal]:
    if report.suite.version != __version__:
        reason = (
            f"is {report.suite.version}, this is {__version__}: verify with the version that made the report"
        )
        yield Refusal(str(file), "suite.version", reason)
    if report.suite.featuresDigest != catalogue.features_digest:
        reason = "the run had other features than this version of the suite"
        yield Refusal(str(file), "suite.featuresDigest", reason)


def _run(file: Path, report: Report) -> Iterator[Refusal]:
    if report.run.interrupted:
        yield Refusal(str(file), "run.interrupted", "the run was interrupted")
    for index, problem in enumerate(report.run.problems):
        yield Refusal(str(file), f"run.problems[{index}]", f"the run was not whole: {problem.what}")
    if report.run.fault is not None:
        reason = f"the fault {report.run.fault} was switched on: this says nothing about the implementation"
        yield Refusal(str(file), "run.fault", reason)
    if not report.scenarios:
        yield Refusal(str(file), "scenarios", "no scenario was run")
    if report.run.selected != len(report.scenarios):
        reason = f"{report.run.selected} scenarios were selected, the report has {len(report.scenarios)}"
        yield Refusal(str(file), "run.selected", reason)


def _deadlines(file: Path, report: Report) -> Iterator[Refusal]:
    for name, (least, most) in ALLOWED_SECONDS.items():
        seconds = getattr(report.policy.deadlines, name)
        if not least <= seconds <= most:
            reason = f"is {seconds:g} s; from {least:g} to {most:g} s are allowed"
            yield Refusal(str(file), f"policy.deadlines.{name}", reason)


def _coverage(file: Path, report: Report, catalogue: Catalogue) -> Iterator[Refusal]:
    """All scenarios of the claimed profiles, each once, and no others."""
    counted = Counter(section.id for section in report.scenarios)
    yield from _claims(file, report, catalogue)
    for scenario in catalogue.scenarios:
        expected = scenario.profile in report.claims.profiles and not scenario.on_demand
        if expected and not counted[scenario.id]:
            yield Refusal(str(file), "scenarios", "is missing: the run was not a full one", scenario.id)
    for identity, count in counted.items():
        if count > 1:
            yield Refusal(str(file), "scenarios", f"is there {count} times", identity)
        stated = catalogue.by_id.get(identity)
        if stated is None or stated.profile not in report.claims.profiles:
            yield Refusal(str(file), "scenarios", "is no scenario of a claimed profile", identity)


def _claims(file: Path, report: Report, catalogue: Catalogue) -> Iterator[Refusal]:
    if not report.claims.profiles:
        yield Refusal(str(file), "claims.profiles", "no profile is claimed")
    for name in set(report.claims.profiles) - set(catalogue.profiles):
        yield Refusal(str(file), "claims.profiles", f"this suite has no profile {name}")
    known = {name for scenario in catalogue.scenarios for name in scenario.optional_features}
    for name in set(report.claims.features) - known:
        yield Refusal(str(file), "claims.features", f"this suite has no optional feature {name}")


def _scenario(
    file: Path, key: str, section: ScenarioSection, scenario: Scenario, report: Report
) -> Iterator[Refusal]:
    verdict = section.verdict
    if verdict in _NO_FINDING:
        yield Refusal(
            str(file), f"{key}.verdict", f"{verdict} is no finding about the implementation", section.id
        )
    if section.attempts != 1:
        yield Refusal(str(file), f"{key}.attempts", "the suite tries every scenario once", section.id)
    if verdict is Verdict.UNSUPPORTED:
        claimed = set(scenario.optional_features) & set(report.claims.features)
        if claimed:
            reason = f"the feature {', '.join(sorted(claimed))} is claimed, but this was not run"
            yield Refusal(str(file), f"{key}.verdict", reason, section.id)
        elif scenario.level == "core" and not scenario.optional_features:
            yield Refusal(str(file), f"{key}.verdict", "a core scenario was skipped", section.id)
