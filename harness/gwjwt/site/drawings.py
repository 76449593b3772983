"""The geometry of the pictures: numbers for templates to draw. Units are those of the picture's own view box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from gwjwt.site.kills import ShownFault
from gwjwt.site.pictures import Answer, Pictures, Station
from gwjwt.site.published import Window

BOX, BOX_HEIGHT, GAP, STOP_HEIGHT = 122, 44, 44, 48
"""Of a station on the way: its width, its height, the length of the arrow to the next one, and what a stop takes."""


@dataclass(frozen=True)
class DrawnStop:
    request: str
    answer: Answer
    y: int


@dataclass(frozen=True)
class DrawnStation:
    name: str
    x: int
    is_filter: bool
    stops: tuple[DrawnStop, ...]

    @property
    def middle(self) -> int:
        return self.x + BOX // 2


@dataclass(frozen=True)
class DrawnWay:
    """From the client to the workload, the filters of Envoy between."""

    stations: tuple[DrawnStation, ...]
    width: int
    height: int

    @property
    def filters(self) -> tuple[DrawnStation, ...]:
        return tuple(each for each in self.stations if each.is_filter)


def drawn_way(pictures: Pictures) -> DrawnWay:
    names: list[str | Station] = ["client", *pictures.drawn.way.stations, "router", "workload"]
    stations = []
    for number, each in enumerate(names):
        x = 2 + number * (BOX + GAP)
        if isinstance(each, str):
            stations.append(DrawnStation(each, x, is_filter=False, stops=()))
            continue
        stops = tuple(
            DrawnStop(stop.request, pictures.answer(stop), 64 + BOX_HEIGHT + STOP_HEIGHT * place)
            for place, stop in enumerate(each.stops)
        )
        stations.append(DrawnStation(each.filter, x, is_filter=True, stops=stops))
    most = max(len(each.stops) for each in stations)
    return DrawnWay(tuple(stations), stations[-1].x + BOX + 2, 40 + BOX_HEIGHT + STOP_HEIGHT * most + 24)


ROW, COLUMN, NAMES, HEADS = 13, 9, 236, 112
"""Of the matrix: the height of a row, the width of a column, and the room for the names of both."""


@dataclass(frozen=True)
class MatrixRow:
    fault: ShownFault
    y: int
    marks: tuple[int, ...]
    """Where they begin."""
    caught: bool | None


@dataclass(frozen=True)
class DrawnMatrix:
    """Faults down, clauses across, a mark where one violates the other."""

    profile: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[MatrixRow, ...]

    @property
    def width(self) -> int:
        return NAMES + COLUMN * len(self.columns) + 4

    @property
    def height(self) -> int:
        return HEADS + ROW * len(self.rows) + 4


def drawn_matrix(profile: str, clauses: Iterable[str], faults: Iterable[ShownFault]) -> DrawnMatrix:
    """``clauses``: those of the profile. What nothing violates and what violates nothing of them is left out."""
    own = list(clauses)
    violating = [each for each in faults if set(each.clauses) & set(own)]
    violated = {clause for each in violating for clause in each.clauses}
    columns = {
        clause: NAMES + COLUMN * number for number, clause in enumerate(c for c in own if c in violated)
    }
    rows = tuple(
        MatrixRow(
            fault=each,
            y=HEADS + ROW * number,
            marks=tuple(columns[clause] for clause in each.clauses if clause in columns),
            caught=each.caught(profile),
        )
        for number, each in enumerate(violating)
    )
    return DrawnMatrix(profile, tuple(columns.items()), rows)


LINE, SCALE = 26, 460
"""Of a time line: the height of a bar's row, and the width of the longest."""


@dataclass(frozen=True)
class DrawnChange:
    """One change of a gateway: how long it took, and for how much of that something got through."""

    number: int
    closed_before: bool
    took: float
    open_for: float
    sent: int
    admitted: int
    bar: float
    window: float


@dataclass(frozen=True)
class DrawnTimeline:
    scenario: str
    changes: tuple[DrawnChange, ...]

    @property
    def height(self) -> int:
        return LINE * len(self.changes) + 8


def drawn_timelines(windows: Sequence[Window]) -> tuple[DrawnTimeline, ...]:
    """One for each scenario; of the changes those that end with a gateway that is closed, all on one scale."""
    closing = [each for each in windows if each.closed_after]
    longest = max((max(each.change_took, each.open_for) for each in closing), default=1.0) or 1.0
    found = []
    for scenario, own in groupby(closing, key=lambda each: each.scenario):
        changes = groupby(own, key=lambda each: each.change)
        found.append(
            DrawnTimeline(scenario, tuple(_change(number, list(of), longest) for number, of in changes))
        )
    return tuple(found)


def _change(number: int, windows: Sequence[Window], longest: float) -> DrawnChange:
    took = max(each.change_took for each in windows)
    open_for = max(each.open_for for each in windows)
    return DrawnChange(
        number=number,
        closed_before=all(each.closed_before for each in windows),
        took=took,
        open_for=open_for,
        sent=sum(each.sent for each in windows),
        admitted=sum(each.admitted for each in windows),
        bar=round(took / longest * SCALE, 1),
        window=round(open_for / longest * SCALE, 1),
    )
