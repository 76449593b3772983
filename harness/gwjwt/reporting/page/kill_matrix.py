"""The picture of which scenario catches which fault, from the faults.json of ``gwjwt faults run``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.errors import UsageError

CELL = 6
"""Units of the picture for a row and for a column."""


@dataclass(frozen=True)
class Mark:
    """A cell: ``kind`` is ``killed``, ``elsewhere`` (seen by a scenario of other clauses) or ``unjudged``."""

    x: int
    kind: str
    scenario: str


@dataclass(frozen=True)
class FaultRow:
    """A fault, with what it does, and the scenarios that noticed."""

    name: str
    summary: str
    y: int
    killed: bool
    marks: tuple[Mark, ...]

    @property
    def killers(self) -> int:
        return sum(mark.kind == "killed" for mark in self.marks)


@dataclass(frozen=True)
class KillPicture:
    """The faults of one profile, down, against those of its scenarios that noticed any, across."""

    profile: str
    scenarios: tuple[str, ...]
    rows: tuple[FaultRow, ...]

    @property
    def width(self) -> int:
        return CELL * len(self.scenarios)

    @property
    def height(self) -> int:
        return CELL * len(self.rows)

    @property
    def killed(self) -> int:
        return sum(row.killed for row in self.rows)


def kill_pictures(document: Mapping[str, Any], file: str) -> list[KillPicture]:
    """A picture for each profile.

    Args:
        document: what ``gwjwt faults run --json`` prints and writes to faults.json.
        file: its name, for the error.

    Raises:
        UsageError: it is something else.
    """
    try:
        faults = list(document["faults"])
        profiles = dict.fromkeys(str(each["profile"]) for each in faults)
        return [_picture(name, [each for each in faults if each["profile"] == name]) for name in profiles]
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"{file}: is no kill matrix ({error!r}); `gwjwt faults run --report-dir` makes one"
        ) from error


def _picture(profile: str, faults: Sequence[Mapping[str, Any]]) -> KillPicture:
    noticed = sorted({scenario for fault in faults for scenario, _ in _noticed(fault)})
    columns = {scenario: CELL * number for number, scenario in enumerate(noticed)}
    rows = tuple(
        FaultRow(
            name=str(fault["name"]),
            summary=str(fault["summary"]),
            y=CELL * number,
            killed=bool(fault["killed"]),
            marks=tuple(Mark(columns[scenario], kind, scenario) for scenario, kind in _noticed(fault)),
        )
        for number, fault in enumerate(faults)
    )
    return KillPicture(profile, tuple(noticed), rows)


def _noticed(fault: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in fault["killers"]:
        yield str(each["scenario"]), "killed"
    for scenario in fault["elsewhere"]:
        yield str(scenario), "elsewhere"
    for each in fault["unjudged"]:
        yield str(each["scenario"]), "unjudged"
