"""A comparison for people, with the two sides beside each other, and for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any

from gwjwt.differential.compare import Comparison, Difference

_WIDEST = 50
_NOTHING = "-"
_PIECES = re.compile(rf".{{1,{_WIDEST}}}$|.{{1,{_WIDEST}}}(?<=\s)(?=\S)|.{{1,{_WIDEST}}}")
"""What fits on a line, from blank to blank where there are any."""


def lines(comparison: Comparison) -> Iterator[str]:
    """Each difference in a table, what is known to differ with its reason, and one line at the end that says it all."""
    for scenario, group in groupby(comparison.differences, key=lambda each: each.scenario):
        yield f"differs {scenario}"
        for request, several in groupby(group, key=lambda each: each.request):
            if request:
                yield f"  {request}"
            yield from (f"    {line}" for line in _table(comparison.environments, list(several)))
        yield ""
    for known, count in comparison.known.items():
        if count:
            yield f"known to differ: {known.name}, {known.where}, {count} times: {known.reason}"
    yield conclusion(comparison)


def conclusion(comparison: Comparison) -> str:
    """Agree or differ, how much was compared, and how often what is known to differ did."""
    known = ", ".join(f"{each.name} {count}" for each, count in comparison.known.items() if count)
    scenarios = _count(comparison.scenarios, "scenario")
    requests = _count(comparison.requests, "request")
    differing = len({each.scenario for each in comparison.differences})
    word = f"agree: {scenarios}" if comparison.agree else f"differ: {differing} of {scenarios}"
    return f"{word}, {requests}; known differences: {known or 'none'}"


def document(comparison: Comparison) -> dict[str, Any]:
    """The same as JSON can hold it; the two ``values`` are in the order of ``environments``."""
    return {
        "agree": comparison.agree,
        "environments": list(comparison.environments),
        "scenarios": comparison.scenarios,
        "requests": comparison.requests,
        "differences": [
            {
                "scenario": each.scenario,
                "request": each.request,
                "what": each.what,
                "values": [list(each.left), list(each.right)],
            }
            for each in comparison.differences
        ],
        "known": [
            {"name": each.name, "where": each.where, "count": count, "reason": each.reason}
            for each, count in comparison.known.items()
        ],
    }


def _table(heads: tuple[str, str], differences: Sequence[Difference]) -> Iterator[str]:
    rows = [([""], [heads[0]], [heads[1]])]
    rows += [([each.what], _cell(each.left), _cell(each.right)) for each in differences]
    first, second, _ = (max(len(line) for row in rows for line in row[column]) for column in range(3))
    for row in rows:
        for what, left, right in zip_longest(*row, fillvalue=""):
            yield f"{what:{first}}  {left:{second}}  {right}".rstrip()


def _cell(values: Sequence[str]) -> list[str]:
    return [line for value in values for line in _wrapped(value)] or [_NOTHING]


def _wrapped(value: str) -> list[str]:
    """The value to the letter, in pieces; what a terminal would act on is escaped."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
    return _PIECES.findall(shown) or ['""']


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
