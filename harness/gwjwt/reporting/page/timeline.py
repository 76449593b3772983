"""When each scenario ran and where: for each test process, profiles, topics and scenarios over the seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gwjwt.reporting.page.naming import name_of

WIDTH = 1000
"""Units of the picture across; the page stretches it to its own width."""

ROW = 22
_GAP = 2
_NARROWEST = 0.6
"""What is shorter would not be seen."""


@dataclass(frozen=True)
class Bar:
    """A rectangle: ``verdict`` colours that of a scenario, and is empty for one of a profile or a topic."""

    x: float
    y: float
    width: float
    label: str
    verdict: str = ""
    number: int = 0
    """Of the scenario in the report."""
    height: int = ROW - _GAP


@dataclass(frozen=True)
class Lane:
    """One test process."""

    worker: str
    bars: tuple[Bar, ...]
    height: int = 3 * ROW


@dataclass(frozen=True)
class Tick:
    """A mark on the axis; ``percent`` of the way across."""

    percent: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """All lanes over the same seconds."""

    seconds: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def timeline(scenarios: Sequence[Mapping[str, Any]]) -> Timeline | None:
    """The picture of a report's scenarios; None where none took any time."""
    seconds = max((_end(each) for each in scenarios), default=0.0)
    if not seconds:
        return None
    numbered = list(enumerate(scenarios))
    workers = sorted({each["worker"] for each in scenarios}, key=lambda name: (len(name), name))
    lanes = tuple(
        Lane(
            worker, tuple(_bars([each for each in numbered if each[1]["worker"] == worker], WIDTH / seconds))
        )
        for worker in workers
    )
    return Timeline(seconds, lanes, tuple(_ticks(seconds)))


def _end(scenario: Mapping[str, Any]) -> float:
    return float(scenario["startSeconds"] + scenario["durationSeconds"])


def _bars(scenarios: Sequence[tuple[int, Mapping[str, Any]]], scale: float) -> Iterator[Bar]:
    in_time = sorted(scenarios, key=lambda each: float(each[1]["startSeconds"]))
    ordered = [each for _, each in in_time]
    yield from _groups(ordered, lambda each: str(each["profile"]), 0, scale)
    yield from _groups(ordered, lambda each: name_of(each).topic_of_profile, 1, scale)
    for number, each in in_time:
        x, width = _place(each["startSeconds"], _end(each), scale)
        name = name_of(each)
        label = f"{name.slug} {name.case}".strip() + f": {each['verdict']}, {each['durationSeconds']:.3f} s"
        yield Bar(x, 2 * ROW, width, label, each["verdict"], number)


def _groups(
    ordered: Sequence[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], str], row: int, scale: float
) -> Iterator[Bar]:
    """One bar for each row of scenarios that belong together and follow each other."""
    for name, members in groupby(ordered, key=key):
        own = list(members)
        start, end = own[0]["startSeconds"], max(map(_end, own))
        x, width = _place(start, end, scale)
        yield Bar(x, row * ROW, width, f"{name}: {len(own)} scenarios, {end - start:.2f} s")


def _place(start: float, end: float, scale: float) -> tuple[float, float]:
    return round(start * scale, 2), round(max((end - start) * scale, _NARROWEST), 2)


def _ticks(seconds: float) -> Iterator[Tick]:
    """Between three and eight, at round seconds."""
    step = next(
        (
            size * 10**power
            for power in range(-3, 6)
            for size in (1, 2, 5)
            if seconds / (size * 10**power) <= 8  # noqa: PLR2004  # see above
        ),
        seconds,
    )
    for number in range(int(seconds / step) + 1):
        yield Tick(round(100 * number * step / seconds, 2), f"{number * step:g} s")
