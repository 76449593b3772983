"""``gwjwt diff-environments``: the same scenarios on two environments, and where they part."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from gwjwt.differential import KNOWN, Comparison, Difference, compare
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.processes import RunDirectory

_LONGEST = 1800.0
"""Seconds that one of the two runs may take."""
_JUDGED = frozenset({0, 1})
_BAD_USAGE = 2


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    environment: str
    evidence: Mapping[str, Any]


def run_both(environments: Sequence[str], arguments: Sequence[str], stream: TextIO) -> list[Side]:
    """Run ``gwjwt run`` with these arguments on each environment, one after the other; progress goes to ``stream``.

    Raises:
        UsageError: an argument or the target file is wrong.
        EnvironmentFailed: a run could judge nothing; with what it said.
    """
    if len(environments) != 2 or environments[0] == environments[1]:  # noqa: PLR2004 - a pair
        raise UsageError("--environment: name two different ones, or none for embedded and local-istio")
    return [_run(each, arguments, stream) for each in environments]


def _run(environment: str, arguments: Sequence[str], stream: TextIO) -> Side:
    stream.write(f"running on {environment}\n")
    stream.flush()
    with RunDirectory() as directory:
        file = directory.path / "evidence.json"
        argv = [sys.executable, "-m", "gwjwt", "run", "--environment", environment]
        argv += ["--quiet", "--evidence", str(file), *arguments]
        with directory.start("gwjwt-run", argv, cwd=Path.cwd()) as process:
            if not process.ended_within(_LONGEST):
                raise EnvironmentFailed(f"run on {environment}", f"has not ended after {_LONGEST:g} s")
            if process.exit_code == _BAD_USAGE:
                raise UsageError(process.last_lines(1).removeprefix("gwjwt: "))
            if process.exit_code not in _JUDGED or not file.is_file():
                raise EnvironmentFailed(
                    f"run on {environment}", f"exit code {process.exit_code}", process.last_lines()
                )
        return Side(environment, json.loads(file.read_text(encoding="utf-8")))


def write_comparison(sides: Sequence[Side], stream: TextIO, *, as_json: bool, quiet: bool) -> int:
    """Show what differs, and return the exit code: 0 if nothing does, else 1."""
    names = [side.environment for side in sides]
    comparison = compare(sides[0].evidence, sides[1].evidence)
    if as_json:
        stream.write(json.dumps({"environments": names, **asdict(comparison)}, indent=2) + "\n")
    else:
        _write_text(names, comparison, stream, quiet=quiet)
    return 1 if comparison.differences else 0


def _write_text(names: Sequence[str], comparison: Comparison, stream: TextIO, *, quiet: bool) -> None:
    place: tuple[str, str] | None = None
    for each in comparison.differences:
        if (each.scenario, each.request) != place:
            place = each.scenario, each.request
            stream.write(f"\n{each.scenario}\n" + (f"  {each.request}\n" if each.request else ""))
        _write_difference(names, each, stream)
    if quiet and not comparison.differences:
        return
    reasons = {known.part: known.why for known in KNOWN}
    stream.writelines(
        f"known: {part}, {count} times: {reasons[part]}\n" for part, count in sorted(comparison.known.items())
    )
    count = len(comparison.differences)
    verdict = f"{count} differences" if count else "agree"
    stream.write(f"{verdict}: {comparison.scenarios} scenarios, {comparison.requests} requests\n")


def _write_difference(names: Sequence[str], difference: Difference, stream: TextIO) -> None:
    width = max(map(len, names)) + 1
    stream.write(f"    {difference.part}\n")
    stream.writelines(
        f"      {name + ':':<{width}} {seen}\n"
        for name, seen in zip(names, (difference.left, difference.right), strict=True)
    )
