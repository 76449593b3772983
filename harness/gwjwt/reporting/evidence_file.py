"""What every scenario of a run saw, as one JSON document that another program can compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gwjwt.reporting.conformance import RunRecord
from gwjwt.reporting.directory import write_atomically
from gwjwt.reporting.events import Event, RunFinished, ScenarioFinished
from gwjwt.reporting.redacted import redacted


class EvidenceFile:
    """A sink that writes the document when the run ends, with every secret taken out.

    ``environment``: where it ran. ``whole``: whether all that was selected got its verdict. ``problems``: what kept it
    from being whole. ``scenarios``: by id, ``verdict``, ``reason`` and ``evidence`` (see
    ``gwjwt.traffic.account.as_evidence``), in the order of the run.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._record = RunRecord()

    def __call__(self, event: Event) -> None:
        self._record(event)
        if isinstance(event, RunFinished):
            write_atomically(self._file, json.dumps(redacted(self._content()), ensure_ascii=False) + "\n")

    def _content(self) -> dict[str, Any]:
        record = self._record
        return {
            "environment": record.started.environment if record.started else "",
            "whole": record.whole and not record.interrupted,
            "problems": [f"{each.what}: {each.reason}" for each in record.problems],
            "scenarios": {name: _scenario(event) for name, event in record.finished.items()},
        }


def _scenario(event: ScenarioFinished) -> dict[str, Any]:
    return {
        "verdict": event.verdict.value,
        "reason": event.reason,
        "evidence": [dict(entry) for entry in event.evidence],
    }
