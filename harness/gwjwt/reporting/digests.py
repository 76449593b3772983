"""Digests by which a change of a report or of its evidence is noticed.

They prove that nothing was changed by accident, and no more: who changes something on purpose can make them anew.
Whoever has to trust a report from elsewhere wants it signed by a tool that is made for it (docs/reports.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gwjwt.reporting.events import ScenarioFinished


def evidence_lines(event: ScenarioFinished) -> list[str]:
    """The scenario's lines of evidence.jsonl, without line breaks: ``scenario``, ``entry`` (from 1), and the entry."""
    return [
        json.dumps({"scenario": event.id, "entry": number, **entry}, ensure_ascii=False)
        for number, entry in enumerate(event.evidence, start=1)
    ]


def lines_digest(lines: Iterable[str]) -> str:
    """``sha256:`` over the lines, each with its line break."""
    total = hashlib.sha256()
    for line in lines:
        total.update(f"{line}\n".encode())
    return f"sha256:{total.hexdigest()}"


def content_digest(report: Mapping[str, Any]) -> str:
    """``sha256:`` over a report without its ``digest``, as JSON with sorted keys and no blanks."""
    rest = {key: value for key, value in report.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def sealed(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report with its digest."""
    return {**report, "digest": content_digest(report)}
