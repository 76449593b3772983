"""``gwjwt list``: profiles, clauses and scenarios, one on a line, fields apart by tabs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from gwjwt.specification.catalogue import Catalogue, load_catalogue


def write_profiles(stream: TextIO, *, as_json: bool) -> None:
    catalogue = load_catalogue()
    rows = [
        {
            "profile": profile,
            "core": _levels(catalogue, profile).count("core"),
            "extended": _levels(catalogue, profile).count("extended"),
            "scenarios": sum(not each.on_demand for each in catalogue.of_profile(profile)),
        }
        for profile in catalogue.profiles
    ]
    texts = [
        f"{row['profile']}\t{row['core']} core and {row['extended']} extended clauses\t{row['scenarios']} scenarios"
        for row in rows
    ]
    _write(stream, rows, texts, as_json=as_json)


def write_clauses(stream: TextIO, profiles: Sequence[str], *, as_json: bool) -> None:
    catalogue = load_catalogue()
    catalogue.require_profiles(profiles)
    rows = [
        {
            "id": clause.id,
            "level": clause.level,
            "profile": clause.profile,
            "statement": clause.statement,
            "source": clause.source,
            "scenarios": [scenario.id for scenario in catalogue.of_clause(clause.id)],
        }
        for clause in catalogue.clauses.values()
        if not profiles or clause.profile in profiles
    ]
    texts = [f"{row['id']}\t{row['level']}\t{_proofs(row['scenarios'])}\t{row['statement']}" for row in rows]
    _write(stream, rows, texts, as_json=as_json)


def write_scenarios(stream: TextIO, profiles: Sequence[str], *, as_json: bool) -> None:
    catalogue = load_catalogue()
    catalogue.require_profiles(profiles)
    rows = [
        {
            "id": scenario.id,
            "profile": scenario.profile,
            "level": scenario.level,
            "title": scenario.title,
            "clauses": list(scenario.clauses),
            "features": list(scenario.optional_features),
        }
        for scenario in catalogue.scenarios
        if not profiles or scenario.profile in profiles
    ]
    texts = [f"{row['id']}\t{row['level']}\t{' '.join(map(str, row['clauses']))}" for row in rows]
    _write(stream, rows, texts, as_json=as_json)


def _levels(catalogue: Catalogue, profile: str) -> list[str]:
    return [clause.level for clause in catalogue.clauses.values() if clause.profile == profile]


def _proofs(scenarios: object) -> str:
    count = len(scenarios) if isinstance(scenarios, list) else 0
    return "1 scenario" if count == 1 else f"{count} scenarios"


def _write(stream: TextIO, rows: Iterable[Any], texts: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        stream.write(json.dumps(list(rows), indent=2, ensure_ascii=False) + "\n")
    else:
        stream.writelines(f"{text}\n" for text in texts)
