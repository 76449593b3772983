"""What the seconds of a run went to, as JSON for a benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gwjwt.reporting.directory import write_atomically
from gwjwt.reporting.events import Event, RunFinished, ScenarioFinished
from gwjwt.timings import added


class TimingFile:
    """A sink that writes one JSON object when the run ends.

    ``phases``: seconds by phase, summed over all scenarios (over all processes too, so with several of them more than
    ``durationSeconds``). ``scenarios``: seconds of each, without the start of the environment.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._phases: dict[str, float] = {}
        self._scenarios: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case ScenarioFinished():
                self._phases = added(self._phases, event.timings)
                self._scenarios[event.id] = round(event.duration, 4)
            case RunFinished():
                self._write(event.duration)

    def _write(self, duration: float) -> None:
        content: dict[str, Any] = {
            "durationSeconds": round(duration, 3),
            "scenarioCount": len(self._scenarios),
            "phases": {name: round(seconds, 3) for name, seconds in sorted(self._phases.items())},
            "scenarios": self._scenarios,
        }
        write_atomically(self._file, json.dumps(content, indent=2) + "\n")
