"""Scenarios of a report that could not be judged for one and the same cause, told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gwjwt.reporting.verdict import EARLIER, Verdict


def by_cause(scenarios: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The scenarios in groups: errors with one cause together, first the one that it struck; others by themselves."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in sorted(scenarios, key=lambda each: EARLIER in each["reason"]):
        first_line = str(each["reason"]).partition("\n")[0]
        cause = first_line.replace(EARLIER, "") if each["verdict"] == Verdict.ERROR else f"id {each['id']}"
        groups.setdefault(cause, []).append(each)
    return list(groups.values())
