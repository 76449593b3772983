"""Two reports compared, scenario by scenario: better, worse, new, gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gwjwt.reporting.verdict import Verdict

_RANKS: Mapping[Verdict, int] = {
    Verdict.PASSED: 4,
    Verdict.RECORDED: 4,
    Verdict.EXPECTED_FAILURE: 2,
    Verdict.UNSUPPORTED: 2,
    Verdict.ERROR: 1,
    Verdict.INCONCLUSIVE: 1,
    Verdict.UNEXPECTED_PASS: 1,
    Verdict.FAILED: 0,
}


class Direction(StrEnum):
    """What became of a scenario from the old report to the new one."""

    WORSE = "worse"
    GONE = "gone"
    BETTER = "better"
    NEW = "new"
    OTHER = "other"
    """Another verdict that is neither better nor worse."""


@dataclass(frozen=True)
class Change:
    """One scenario that is not as it was. ``old`` and ``new`` are verdicts; None: the report does not have it."""

    direction: Direction
    scenario: str
    old: Verdict | None
    new: Verdict | None
    reason: str = ""
    """Of the new verdict, its first line."""


Outcomes = Mapping[str, tuple[Verdict, str]]
"""Verdict and reason by scenario."""


def changes(old: Outcomes, new: Outcomes) -> list[Change]:
    """What differs, worst first."""
    found = [
        _change(name, old.get(name, (None, ""))[0], *new.get(name, (None, "")))
        for name in dict.fromkeys([*old, *new])
    ]
    order = list(Direction)
    return sorted((each for each in found if each), key=lambda each: order.index(each.direction))


def _change(name: str, old: Verdict | None, new: Verdict | None, reason: str) -> Change | None:
    if old is new:
        return None
    told = reason.partition("\n")[0]
    if old is None or new is None:
        return Change(Direction.NEW if old is None else Direction.GONE, name, old, new, told)
    if _RANKS[old] == _RANKS[new]:
        return Change(Direction.OTHER, name, old, new, told)
    return Change(Direction.BETTER if _RANKS[new] > _RANKS[old] else Direction.WORSE, name, old, new, told)


def is_setback(change: Change) -> bool:
    """Whether a release should be held for it: worse, gone, or new and not passed."""
    against = change.new is not None and _RANKS[change.new] < _RANKS[Verdict.UNSUPPORTED]
    return change.direction in {Direction.WORSE, Direction.GONE} or (
        change.direction is Direction.NEW and against
    )


def as_text(found: list[Change]) -> Iterator[str]:
    for each in found:
        reason = f": {each.reason}" if each.reason else ""
        yield f"{each.direction} {each.scenario}: {_was(each)}{reason}"
    yield _summary(found)


def as_markdown(found: list[Change]) -> Iterator[str]:
    """A table for a pull request."""
    yield f"**Conformance:** {_summary(found)}"
    if found:
        yield ""
        yield "| | scenario | old | new | reason |"
        yield "| --- | --- | --- | --- | --- |"
    for each in found:
        cells = (each.direction, f"`{each.scenario}`", each.old or "—", each.new or "—", _cell(each.reason))
        yield f"| {' | '.join(cells)} |"


def as_document(found: list[Change]) -> dict[str, Any]:
    return {
        "summary": {each.value: sum(c.direction is each for c in found) for each in Direction},
        "changes": [asdict(each) for each in found],
    }


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _was(change: Change) -> str:
    return f"{change.old or 'not there'} -> {change.new or 'not there'}"


def _summary(found: list[Change]) -> str:
    counted = [(each, sum(change.direction is each for change in found)) for each in Direction]
    return ", ".join(f"{count} {each}" for each, count in counted if count) or "no scenario differs"
