"""Why a report is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One reason. ``scenario`` is empty for what concerns the whole report."""

    file: str
    key: str
    reason: str
    scenario: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.scenario, self.key, self.reason) if part)
