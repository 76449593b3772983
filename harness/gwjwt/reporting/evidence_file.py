"""Everything that the scenarios of a run have seen, in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gwjwt.reporting.directory import write_atomically
from gwjwt.reporting.events import EnvironmentStarted, Event, RunFinished, ScenarioFinished


class EvidenceFile:
    """A sink that writes one JSON object when the run ends.

    ``environment``: the kind. ``scenarios``: for each its ``id``, ``verdict``, ``reason`` and ``exchanges``; see
    ``gwjwt.traffic.account.as_evidence``. No secret is in it, since none is in the events.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._environment = ""
        self._scenarios: list[dict[str, Any]] = []

    def __call__(self, event: Event) -> None:
        match event:
            case EnvironmentStarted():
                self._environment = event.environment.kind
            case ScenarioFinished():
                told = {"id": event.id, "verdict": event.verdict.value, "reason": event.reason}
                self._scenarios.append({**told, "exchanges": list(event.evidence)})
            case RunFinished():
                content = {"environment": self._environment, "scenarios": self._scenarios}
                write_atomically(self._file, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
