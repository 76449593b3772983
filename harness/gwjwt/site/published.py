"""The reports that have been published, as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gwjwt.errors import UsageError
from gwjwt.reporting.document import ClauseSection, Report
from gwjwt.site.paths import report_page
from gwjwt.specification.catalogue import Catalogue
from gwjwt.verification.submission import Submission
from gwjwt.verification.verify import Verification, verify

_FILES = ("report.yaml", "report.json")


@dataclass(frozen=True)
class Window:
    """What a gateway let through during one change, of one kind of request."""

    scenario: str
    change: int
    request: str
    closed_before: bool
    closed_after: bool
    sent: int
    admitted: int
    open_for: float
    """Milliseconds."""
    change_took: float
    """Milliseconds."""


@dataclass(frozen=True)
class PublishedReport:
    """One report in its place, ``<reports>/<project>/<version>/<environment>/``."""

    project: str
    version: str
    environment: str
    report: Report
    current: bool
    """Whether it is about the behaviours as they stand now; then it was verified from its evidence."""
    result: str
    """In one sentence."""
    windows: tuple[Window, ...]

    @property
    def page(self) -> str:
        return report_page(self.project, self.version, self.environment)

    @property
    def name(self) -> str:
        return f"{self.project} {self.version}"

    @cached_property
    def verdicts(self) -> dict[str, ClauseSection]:
        """By clause."""
        return {each.id: each for each in self.report.clauses}


def published_reports(folder: Path | None, catalogue: Catalogue) -> tuple[PublishedReport, ...]:
    """All reports below the folder, sorted by name; none if there is no folder.

    A report of the present features is verified; one of other features is shown as such.

    Raises:
        UsageError: a report cannot be read, or is refused; names the file.
    """
    if folder is None or not folder.is_dir():
        return ()
    places = sorted({file.parent for name in _FILES for file in folder.glob(f"*/*/*/{name}")})
    return tuple(_published(place, catalogue) for place in places)


def _published(place: Path, catalogue: Catalogue) -> PublishedReport:
    found = verify(place, catalogue)
    report = found.report
    current = report is not None and report.suite.featuresDigest == catalogue.features_digest
    if report is None or (current and found.refusals):
        raise UsageError(
            f"{found.refusals[0]}; `gwjwt verify {place}` tells all: publish the report again, or take it away"
        )
    return PublishedReport(
        project=place.parent.parent.name,
        version=place.parent.name,
        environment=place.name,
        report=report,
        current=current,
        result=_result(report, found) if current else _results(report),
        windows=tuple(_windows(found.submission)),
    )


def _result(report: Report, found: Verification) -> str:
    return found.conclusion.sentence if found.conclusion else _results(report)


def _results(report: Report) -> str:
    return ", ".join(f"{each.name} {each.result}" for each in report.profiles)


def _windows(submission: Submission) -> Iterator[Window]:
    for scenario, lines in submission.lines.items():
        for line in lines:
            passage = line.entry.get("passage")
            if line.entry.get("purpose") == "watched" and isinstance(passage, dict):
                yield Window(
                    scenario=scenario,
                    change=passage["change"],
                    request=passage["with"],
                    closed_before=passage["closedBefore"],
                    closed_after=passage["closedAfter"],
                    sent=passage["sent"],
                    admitted=passage["admitted"],
                    open_for=passage["windowMilliseconds"],
                    change_took=passage["changeMilliseconds"],
                )


def windows_by_scenario(windows: Iterable[Window]) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for each in windows:
        found.setdefault(each.scenario, []).append(each)
    return found
