"""What two runs of the same scenarios have seen differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gwjwt.differential.known import KNOWN, Known
from gwjwt.differential.normal import Names, parts

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One part of one scenario, as the two runs saw it."""

    scenario: str
    request: str
    """Which request of the scenario it was; empty where it is about the scenario as a whole."""
    part: str
    left: str
    right: str


@dataclass(frozen=True)
class Comparison:
    """All that was compared, and what of it differs."""

    scenarios: int
    requests: int
    differences: tuple[Difference, ...]
    known: Mapping[str, int]
    """How often each of the known differences was there."""


def compare(left: Mapping[str, Any], right: Mapping[str, Any], known: Iterable[Known] = KNOWN) -> Comparison:
    """Compare two evidence documents (see ``gwjwt.reporting.evidence_file``), scenario by scenario.

    Requests are compared by their position: both runs do the same steps in the same order.
    """
    excused = {each.part for each in known}
    sides = [{each["id"]: each for each in run["scenarios"]} for run in (left, right)]
    found: list[Difference] = []
    requests = 0
    for name in sorted(sides[0].keys() | sides[1].keys()):
        pair = [side.get(name) for side in sides]
        found += _of_scenario(name, *pair)
        requests += max(len(each["exchanges"]) if each else 0 for each in pair)
    counted = Counter(each.part for each in found if each.part in excused)
    differences = tuple(each for each in found if each.part not in excused)
    return Comparison(len(sides[0].keys() | sides[1].keys()), requests, differences, counted)


def _of_scenario(
    name: str, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None
) -> Iterator[Difference]:
    verdicts = [ABSENT if each is None else each["verdict"] for each in (left, right)]
    if verdicts[0] != verdicts[1]:
        yield Difference(name, "", "verdict", *verdicts)
    if left is None or right is None:
        return
    counts = [str(len(each["exchanges"])) for each in (left, right)]
    if counts[0] != counts[1]:
        yield Difference(name, "", "number of requests", *counts)
    names = Names(), Names()
    for number, exchanges in enumerate(zip(left["exchanges"], right["exchanges"], strict=False), start=1):
        first, second = (parts(*each) for each in zip(exchanges, names, strict=True))
        request = _described(number, exchanges[0], names[0])
        for part in sorted(first.keys() | second.keys()):
            seen = first.get(part, ABSENT), second.get(part, ABSENT)
            if seen[0] != seen[1]:
                yield Difference(name, request, part, *seen)


def _described(number: int, exchange: Mapping[str, Any], names: Names) -> str:
    request = exchange["request"]
    carries = ", ".join(f"{header}: {value}" for header, value in request["headers"]) or "no credentials"
    text = f"{number}. {request['method']} {request['target']} with {carries}"
    return names.plain(text, exchange["nonce"])
