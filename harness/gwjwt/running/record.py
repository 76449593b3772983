"""What a test process tells about one phase of a scenario: travels as JSON inside pytest's own report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from gwjwt.reporting.events import ScenarioFinished
from gwjwt.reporting.verdict import Verdict, worst

PROPERTY = "gwjwt"
"""The name under which a record stands in ``report.user_properties``."""

Phase = Literal["setup", "call", "teardown"]


@dataclass(frozen=True)
class PhaseRecord:
    """The verdict over one phase. ``began``, ``duration``, ``timings`` and ``evidence`` come with the last one."""

    scenario: str
    phase: Phase
    verdict: Verdict
    reason: str = ""
    step: str = ""
    """The step that did not pass, with its place."""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    began: float = 0.0
    """Seconds since the epoch."""
    duration: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    misuse: str = ""
    """What is wrong with the target file, if that came out only now."""
    environment: dict[str, Any] | None = None
    """The environment that has been started since the last record of this process."""

    def to_json(self) -> str:
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, text: str) -> PhaseRecord:
        content = json.loads(text)
        return cls(**{**content, "verdict": Verdict(content["verdict"])})


def conclude(
    scenario: str, records: Iterable[PhaseRecord], worker: str = "", start: float = 0.0
) -> ScenarioFinished:
    """One verdict from the phases of a scenario: the worst of them, with its reason.

    A tear-down that broke makes a passed scenario an error and leaves a failed one failed.
    """
    phases = list(records)
    verdict = worst(record.verdict for record in phases) or Verdict.ERROR
    if verdict is Verdict.PASSED and any(record.verdict is Verdict.RECORDED for record in phases):
        verdict = Verdict.RECORDED
    decisive = next((record for record in phases if record.verdict is verdict), None)
    reason, step = (decisive.reason, decisive.step) if decisive else ("it never ran", "")
    return ScenarioFinished(
        id=scenario,
        verdict=verdict,
        reason=reason,
        step=step,
        evidence=tuple(entry for record in phases for entry in record.evidence),
        duration=sum(record.duration for record in phases),
        timings=phases[-1].timings if phases else {},
        worker=worker,
        start=start,
    )
