"""The token atlas as pages show it: each row with what became of it, from a run or from the table that is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gwjwt.atlas.fate import Fate
from gwjwt.atlas.register import FILE, Atlas, Row, Topic, load_atlas
from gwjwt.atlas.table import AtlasRun, Finding, cell
from gwjwt.errors import UsageError
from gwjwt.site.markdown import tables
from gwjwt.validation import first_problem

TABLE = "docs/token-atlas.md"
"""Where the table of the bundled reference is kept: the first cell of a row is its name, the last what became of it."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Run(_Section):
    environment: str
    profile: str
    verdict: str
    admitted: bool
    arrivals: int
    status: int | None
    body: str
    failure: str
    handedOn: Mapping[str, tuple[str, ...]]  # noqa: N815  # as `gwjwt atlas` writes it; so below
    tokenToo: bool  # noqa: N815


class _Row(_Section):
    row: str
    runs: tuple[_Run, ...]


class _Document(_Section):
    rows: tuple[_Row, ...]


@dataclass(frozen=True)
class ShownRow:
    """One row, and what became of it: once where all runs agree, else with the runs in front."""

    row: Row
    became: tuple[str, ...]

    @property
    def kind(self) -> str:
        """admitted, refused, other or apart (the runs differ); unknown without a run."""
        match self.became:
            case []:
                return "unknown"
            case [text] if text.startswith("admitted"):
                return "admitted"
            case [text] if text.startswith(("401", "403")):
                return "refused"
            case [_]:
                return "other"
            case _:
                return "apart"

    @property
    def against(self) -> bool:
        """Whether the RFC has a verifier do the opposite."""
        return (self.row.says, self.kind) in {("accept", "refused"), ("refuse", "admitted")}

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clause for each in self.row.clauses.values() for clause in each))


@dataclass(frozen=True)
class ShownTopic:
    topic: Topic
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class AtlasChart:
    atlas: Atlas
    topics: tuple[ShownTopic, ...]

    def count(self, kind: str) -> int:
        return sum(row.kind == kind for topic in self.topics for row in topic.rows)

    @property
    def against(self) -> list[ShownRow]:
        return [row for topic in self.topics for row in topic.rows if row.against]


def atlas_chart(root: Path, results: Path | None) -> AtlasChart | None:
    """The atlas of the suite at ``root``; None for a suite without one.

    Args:
        root: the suite. What became of the rows is read from its table if there is one.
        results: what ``gwjwt atlas --format json`` has written, instead of the table.

    Raises:
        UsageError: the register or the results cannot be read; names the file and the place.
    """
    if not (root / FILE).is_file():
        return None
    atlas = load_atlas(root)
    became = _of_runs(results) if results is not None else _of_table(root / TABLE)
    return AtlasChart(
        atlas,
        tuple(
            ShownTopic(topic, tuple(ShownRow(row, tuple(became.get(row.name, ()))) for row in topic.rows))
            for topic in atlas.topics
        ),
    )


def _of_table(file: Path) -> Mapping[str, Sequence[str]]:
    if not file.is_file():
        return {}
    rows = tables(file.read_text(encoding="utf-8"))
    return {row[0]: row[-1].replace("&lt;", "<").split("<br>") for row in rows if row[-1]}


def _of_runs(file: Path) -> Mapping[str, Sequence[str]]:
    try:
        document = _RESULTS.validate_python(json.loads(file.read_bytes().decode("utf-8")))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ValidationError as error:
        problem = first_problem(error)
        raise UsageError(
            f"{file}: {problem.dotted}: {problem.words}; `gwjwt atlas --format json` makes one"
        ) from error
    except ValueError as error:
        raise UsageError(f"{file}: is not JSON: {error}") from error
    found: dict[tuple[str, str], dict[str, Finding]] = {}
    for row in document.rows:
        for run in row.runs:
            rows = found.setdefault((run.environment, run.profile), {})
            rows[row.row] = Finding(run.verdict, Fate.from_json(_fate(run)))
    runs = [AtlasRun(environment, profile, rows) for (environment, profile), rows in found.items()]
    return {row.row: cell(runs, row.row) for row in document.rows}


def _fate(run: _Run) -> dict[str, Any]:
    return run.model_dump(exclude={"environment", "profile", "verdict"})


_RESULTS = TypeAdapter(_Document)
