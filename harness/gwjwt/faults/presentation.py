"""The kill matrix as text, JSON, Markdown and a page that needs nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gwjwt.faults.catalogue import NO_FAULT
from gwjwt.faults.matrix import KillMatrix, Row
from gwjwt.reporting.directory import made_directory, write_atomically
from gwjwt.reporting.redacted import redacted


def as_document(matrix: KillMatrix) -> dict[str, Any]:
    """Everything that is known, JSON-able and without secrets."""
    document: dict[str, Any] = {
        "duration": round(matrix.duration, 1),
        "killed": sum(row.killed for row in matrix.rows),
        "faults": [_row(row) for row in matrix.rows],
        "survivors": [_name(row) for row in matrix.survivors],
        "killedElsewhereOnly": [_name(row) for row in matrix.killed_elsewhere_only],
        "equivalent": {fault.name: fault.equivalent for fault in matrix.equivalent},
        "idleScenarios": matrix.idle_scenarios,
        "clausesWithoutFault": matrix.clauses_without_fault,
        "whole": matrix.whole,
        "unmade": matrix.unmade,
    }
    clean: dict[str, Any] = redacted(document)
    return clean


def _name(row: Row) -> dict[str, str]:
    return {"fault": row.fault.name, "profile": row.profile}


def _row(row: Row) -> dict[str, Any]:
    fault = row.fault
    return {
        "name": fault.name,
        "profile": row.profile,
        "level": fault.level,
        "summary": fault.summary,
        "clauses": list(fault.clauses),
        "seenAs": str(fault.seen_as),
        "odds": fault.odds,
        "killed": row.killed,
        "killers": [
            {"scenario": each.scenario, "step": each.step, "reason": each.reason} for each in row.killers
        ],
        "elsewhere": [each.scenario for each in row.elsewhere],
        "unjudged": [{"scenario": each.scenario, "reason": each.reason} for each in row.unjudged],
        "unnoticedClauses": list(row.unnoticed),
    }


def as_text(matrix: KillMatrix) -> str:
    """What a reader has to know, a line each; the last one sums it up."""
    return "".join(f"{line}\n" for line in _lines(matrix))


def _lines(matrix: KillMatrix) -> Iterator[str]:
    for row in matrix.survivors:
        seen = f"; only by {row.elsewhere[0].scenario}" if row.elsewhere else ""
        odds = f"; by chance: {row.fault.odds}" if row.fault.odds else ""
        yield f"survives {row.profile}: {row.fault.name}: {row.fault.summary}{seen}{odds}"
    for row in matrix.rows:
        if row.unjudged:
            yield f"not judged under {row.fault.name}: {row.unjudged[0].scenario}: {row.unjudged[0].reason}"
        if row.killed and row.unnoticed:
            yield f"unnoticed under {row.fault.name}: {_shortened(row.unnoticed)}"
    yield from _beside_the_faults(matrix)
    if matrix.unmade:
        yield f"interrupted: {matrix.unmade} runs were not made; only faults of which every run was made are counted"
    killed = sum(row.killed for row in matrix.rows)
    names = {row.fault.name for row in matrix.rows}
    yield f"killed {killed} of {len(matrix.rows)} ({len(names)} faults by profile) in {matrix.duration:.0f} s"


def _beside_the_faults(matrix: KillMatrix) -> Iterator[str]:
    for clause, reason in NO_FAULT.items():
        if matrix.whole and any(clause in each.clauses for each in matrix.scenarios):
            yield f"can have no fault: {clause}: {reason}"
    for fault in matrix.equivalent:
        yield f"equivalent: {fault.name}: {fault.equivalent}"
    for scenario in matrix.idle_scenarios:
        yield f"kills nothing: {scenario}"
    for clause in matrix.clauses_without_fault:
        yield f"without a fault: {clause}"


def as_markdown(matrix: KillMatrix) -> str:
    """One table: fault, violated clauses, and the scenarios that caught it."""
    lines = ["| fault | profile | what it does | violates | caught by |", "| --- | --- | --- | --- | --- |"]
    for row in matrix.rows:
        first = row.killers[0].scenario.partition("/")[2] if row.killers else "**nobody**"
        more = f" and {len(row.killers) - 1} more" if len(row.killers) > 1 else ""
        clauses = _shortened(row.violated)
        lines.append(
            f"| `{row.fault.name}` | {row.profile} | {row.fault.summary} | {clauses} | {first}{more} |"
        )
    return "\n".join([*lines, "", *(f"* {line}" for line in _lines(matrix)), ""])


def _shortened(clauses: tuple[str, ...], most: int = 4) -> str:
    rest = len(clauses) - most
    return " ".join(clauses[:most]) + (f" and {rest} more" if rest > 0 else "")


def as_page(matrix: KillMatrix) -> str:
    """The picture: faults down, scenarios across, a mark where one caught the other."""
    from jinja2 import Environment, PackageLoader  # only for who wants the page

    templates = Environment(loader=PackageLoader("gwjwt.faults", "."), autoescape=True, trim_blocks=True)
    profiles = list(dict.fromkeys(row.profile for row in matrix.rows))
    marks = {(each.fault, each.scenario): str(each.verdict) for each in matrix.outcomes}
    return templates.get_template("matrix.html.j2").render(
        matrix=matrix, columns=matrix.scenarios, profiles=profiles, marks=marks, remarks=list(_lines(matrix))
    )


def write_matrix(directory: Path, matrix: KillMatrix) -> None:
    """Write faults.json, faults.md and faults.html.

    Raises:
        UsageError: the folder cannot be made.
    """
    made_directory(directory)
    document = json.dumps(as_document(matrix), indent=2, ensure_ascii=False)
    write_atomically(directory / "faults.json", document + "\n")
    write_atomically(directory / "faults.md", as_markdown(matrix))
    write_atomically(directory / "faults.html", as_page(matrix))
