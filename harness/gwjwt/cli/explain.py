"""``gwjwt explain``: what a clause states, or what a scenario does, and how the two belong together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from gwjwt.errors import UsageError
from gwjwt.specification.catalogue import Catalogue, close_matches, load_catalogue, matches_id
from gwjwt.specification.clauses import Clause, load_to_come
from gwjwt.specification.features import Scenario


def write_explanation(name: str, stream: TextIO, *, as_json: bool) -> None:
    """Explain a clause by its id (in any case), or a scenario or an outline by its id.

    Raises:
        UsageError: there is neither; names close matches.
    """
    catalogue = load_catalogue()
    clause = catalogue.clauses.get(name.upper())
    scenarios = [scenario for scenario in catalogue.scenarios if matches_id(name, scenario.id)]
    if clause is not None:
        _write(stream, _clause_facts(catalogue, clause), _clause_text(catalogue, clause), as_json=as_json)
    elif scenarios:
        lines = [line for scenario in scenarios for line in _scenario_text(catalogue, scenario)]
        facts = [_scenario_facts(catalogue, scenario) for scenario in scenarios]
        _write(stream, facts[0] if len(facts) == 1 else facts, iter(lines), as_json=as_json)
    else:
        raise UsageError(_unknown(catalogue, name))


def _clause_facts(catalogue: Catalogue, clause: Clause) -> dict[str, Any]:
    scenarios = catalogue.of_clause(clause.id)
    return {
        "id": clause.id,
        "profile": clause.profile,
        "level": clause.level,
        "statement": clause.statement,
        "source": clause.source,
        "observe": clause.observe,
        "notes": clause.notes,
        "feature": clause.feature,
        "decisions": _decisions(catalogue, scenarios),
        "scenarios": [scenario.id for scenario in scenarios],
        "toCome": [entry.reason for entry in load_to_come(catalogue.root) if entry.covers(clause.id)],
    }


def _clause_text(catalogue: Catalogue, clause: Clause) -> Iterator[str]:
    facts = _clause_facts(catalogue, clause)
    yield f"{clause.id} ({clause.level}, {clause.profile})"
    yield f"  {clause.statement}"
    yield f"source:   {clause.source}"
    yield f"observed: {clause.observe}"
    if clause.feature:
        yield f"needs:    {clause.feature}"
    if clause.notes:
        yield f"notes:    {clause.notes}"
    yield from _decided(facts["decisions"])
    if facts["scenarios"]:
        yield "scenarios:"
        yield from (f"  {scenario}" for scenario in facts["scenarios"])
    elif facts["toCome"]:
        yield f"scenarios: none yet: {facts['toCome'][0]}"
    else:
        yield "scenarios: none"


def _scenario_facts(catalogue: Catalogue, scenario: Scenario) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "title": scenario.title,
        "rule": scenario.rule,
        "profile": scenario.profile,
        "level": scenario.level,
        "file": scenario.file.relative_to(catalogue.root).as_posix(),
        "line": scenario.line,
        "decisions": _decisions(catalogue, [scenario]),
        "features": list(scenario.optional_features),
        "steps": [f"{step.kind.capitalize()} {step.text}" for step in scenario.steps],
        "clauses": [
            {
                "id": clause.id,
                "statement": clause.statement,
                "source": clause.source,
                "observe": clause.observe,
            }
            for name in scenario.clauses
            if (clause := catalogue.clauses.get(name)) is not None
        ],
    }


def _scenario_text(catalogue: Catalogue, scenario: Scenario) -> Iterator[str]:
    facts = _scenario_facts(catalogue, scenario)
    yield f"{scenario.id} ({scenario.level}, {scenario.profile})"
    yield f"  {scenario.title}"
    if scenario.rule:
        yield f"rule:     {scenario.rule}"
    yield f"file:     {facts['file']}:{scenario.line}"
    yield from _decided(facts["decisions"])
    if scenario.optional_features:
        yield f"needs:    {', '.join(scenario.optional_features)}"
    yield "steps:"
    yield from (f"  {step}" for step in facts["steps"])
    yield "proves:"
    for clause in facts["clauses"]:
        yield f"  {clause['id']}: {clause['statement']}"
        yield f"    source:   {clause['source']}"
        yield f"    observed: {clause['observe']}"
    yield ""


def _decisions(catalogue: Catalogue, scenarios: list[Scenario]) -> dict[str, str]:
    """The settled points that the scenarios name, by id."""
    named = dict.fromkeys(name for scenario in scenarios for name in scenario.decisions)
    known = catalogue.decisions
    return {name: known[name].decision if name in known else "" for name in named}


def _decided(decisions: dict[str, str]) -> Iterator[str]:
    for name, decision in decisions.items():
        yield f"decided:  {name}: {decision}".rstrip(": ")


def _unknown(catalogue: Catalogue, name: str) -> str:
    close = close_matches(name, [*catalogue.clauses, *catalogue.by_id])
    hint = (
        f"did you mean {', '.join(close)}?"
        if close
        else "see `gwjwt list clauses` and `gwjwt list scenarios`"
    )
    return f"no clause and no scenario {name!r}; {hint}"


def _write(stream: TextIO, facts: Any, lines: Iterator[str], *, as_json: bool) -> None:
    if as_json:
        stream.write(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    else:
        stream.writelines(f"{line}\n" for line in lines)
