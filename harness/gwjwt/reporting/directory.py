"""The folder of a run's reports, written when the run ends.

report.yaml, report.json, evidence.jsonl and junit.xml tell the run. What is made of these for readers is written after
them, so that they are there whatever becomes of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gwjwt.errors import UsageError
from gwjwt.redaction import redact
from gwjwt.reporting.conformance import RunRecord, StatedClause, StatedScenario, conformance_report
from gwjwt.reporting.digests import evidence_lines
from gwjwt.reporting.events import Event, Evidence, RunFinished
from gwjwt.reporting.junit import junit_xml
from gwjwt.reporting.markdown import summary_markdown

Form = Callable[[Mapping[str, Any], Sequence[Evidence]], str]
"""Makes a file of the content of report.json and the entries of evidence.jsonl."""


class ReportDirectory:
    """A sink that writes the reports at the end of the run, whole or interrupted. Also a pytest plugin.

    Raises:
        UsageError: the folder cannot be made.
    """

    def __init__(
        self,
        directory: Path,
        scenarios: Sequence[StatedScenario],
        clauses: Iterable[StatedClause],
        further: Mapping[str, Form] | None = None,
    ) -> None:
        """``further``: forms of the report that rest on more than this package knows, by the names of their files."""
        self._directory = made_directory(directory)
        self._further = further or {}
        self._scenarios = scenarios
        self._clauses = clauses
        self._record = RunRecord()

    def pytest_gwjwt_event(self, event: Event) -> None:
        self(event)

    def __call__(self, event: Event) -> None:
        self._record(event)
        if isinstance(event, RunFinished) and self._record.started:
            report = conformance_report(self._record, self._scenarios, self._clauses)
            finished = self._record.finished
            evidence = [line for each in report["scenarios"] for line in evidence_lines(finished[each["id"]])]
            write_reports(self._directory, report, evidence, junit_xml(self._record, self._scenarios))
            write_readable(self._directory, report, [json.loads(line) for line in evidence], self._further)


def made_directory(directory: Path) -> Path:
    """The folder, made if it was not there.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory}: cannot be made for the reports: {error.strerror}") from error
    return directory


def write_reports(directory: Path, report: dict[str, Any], evidence: Iterable[str], junit: str) -> None:
    """Write the four files, each in one piece.

    Report and evidence come without secrets, and as their digests have it; whatever is in ``junit`` is taken out.
    """
    texts = {
        "report.yaml": report_yaml(report),
        "report.json": json.dumps(report, indent=2, ensure_ascii=False) + "\n",
        "evidence.jsonl": "".join(f"{line}\n" for line in evidence),
        "junit.xml": redact(junit),
    }
    for name, text in texts.items():
        write_atomically(directory / name, text)


def write_readable(
    directory: Path, report: dict[str, Any], evidence: Sequence[Evidence], further: Mapping[str, Form]
) -> None:
    """Write summary.md, report.html and the further forms. Report and evidence come without secrets."""
    from gwjwt.reporting.page.render import report_page  # only a run with a folder pays for templates

    write_atomically(directory / "summary.md", summary_markdown(report))
    write_atomically(directory / "report.html", report_page(report, evidence))
    for name, form in further.items():
        write_atomically(directory / name, form(report, evidence))


def report_yaml(report: dict[str, Any]) -> str:
    """The report as a reader likes it."""
    return str(yaml.dump(report, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def write_atomically(file: Path, text: str) -> None:
    """Replace the file's content in one step: a reader sees the old one or the new one, never a half."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
