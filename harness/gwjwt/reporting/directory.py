"""The folder of a run's reports: report.yaml, report.json and junit.xml, written when the run ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from gwjwt.errors import UsageError
from gwjwt.redaction import redact
from gwjwt.reporting.conformance import RunRecord, StatedClause, StatedScenario, conformance_report
from gwjwt.reporting.events import Event, RunFinished
from gwjwt.reporting.junit import junit_xml
from gwjwt.reporting.redacted import redacted


class ReportDirectory:
    """A sink that writes the reports at the end of the run, whole or interrupted. Also a pytest plugin.

    Raises:
        UsageError: the folder cannot be made.
    """

    def __init__(
        self, directory: Path, scenarios: Sequence[StatedScenario], clauses: Iterable[StatedClause]
    ) -> None:
        self._directory = made_directory(directory)
        self._scenarios = scenarios
        self._clauses = clauses
        self._record = RunRecord()

    def pytest_gwjwt_event(self, event: Event) -> None:
        self(event)

    def __call__(self, event: Event) -> None:
        self._record(event)
        if isinstance(event, RunFinished) and self._record.started:
            report = conformance_report(self._record, self._scenarios, self._clauses)
            write_reports(self._directory, report, junit_xml(self._record, self._scenarios))


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


def write_reports(directory: Path, report: dict[str, Any], junit: str) -> None:
    """Write the three files, each in one piece and with every secret taken out."""
    clean = redacted(report)
    texts = {
        "report.yaml": yaml.dump(clean, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110),
        "report.json": json.dumps(clean, indent=2, ensure_ascii=False) + "\n",
        "junit.xml": redact(junit),
    }
    for name, text in texts.items():
        write_atomically(directory / name, text)


def write_atomically(file: Path, text: str) -> None:
    """Replace the file's content in one step: a reader sees the old one or the new one, never a half."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
