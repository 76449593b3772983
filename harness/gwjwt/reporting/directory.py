"""Writes the reports of a run into a folder when the run ends."""

from __future__ import annotations

from pathlib import Path

from gwjwt.reporting.events import Event


class ReportDirectory:
    """A sink of events; also a pytest plugin."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def pytest_gwjwt_event(self, event: Event) -> None: ...
