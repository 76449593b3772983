"""Checks of the suite itself that need neither an implementation nor a gateway.

A finding says what is wrong, where, and under which rule. The rules keep the features, the register and the vocabulary
of steps together: no step without a definition or with two, no clause that nothing proves, no tag that nobody knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gwjwt.specification.catalogue import Catalogue, close_matches
from gwjwt.specification.clauses import (
    Clause,
    SpecificationError,
    ToCome,
    load_clauses,
    load_decisions,
    load_to_come,
)
from gwjwt.specification.features import (
    LEVELS_OF_SCENARIOS,
    SHARED,
    TAG_NAMES,
    Scenario,
    Tag,
    feature_files,
    read_feature,
)
from gwjwt.specification.vocabulary import StepDefinition, load_vocabulary

_PLACE = re.compile(r"^(?P<file>/.*?)(?::(?P<line>\d+))?: (?P<message>.*)$", re.DOTALL)
_FEATURE = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong."""

    file: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


def lint_suite(root: Path) -> list[Finding]:
    """Everything that is wrong with the suite at ``root``, by file and line; nothing for a sound one."""
    found: list[Finding] = []
    scenarios: list[Scenario] = []
    for file in feature_files(root):
        try:
            scenarios += read_feature(root, file)
        except SpecificationError as error:
            found.append(_unreadable(file, error))
    try:
        clauses = load_clauses(root)
        decisions = load_decisions(root)
        to_come = load_to_come(root)
        definitions = load_vocabulary(root)
    except SpecificationError as error:
        return sorted([*found, _unreadable(root / "features" / "clauses.yaml", error)])
    catalogue = Catalogue(root, clauses, decisions, tuple(scenarios))
    found += set(_tag_findings(catalogue))
    found += _scenario_findings(catalogue)
    found += _step_findings(scenarios, definitions)
    if not any(finding.rule == "unreadable" for finding in found):
        found += _coverage_findings(catalogue, to_come)
    return sorted(found)


def _unreadable(file: Path, error: SpecificationError) -> Finding:
    place = _PLACE.match(str(error))
    if place is None:
        return Finding(file, 1, "unreadable", str(error))
    return Finding(Path(place["file"]), int(place["line"] or 1), "unreadable", place["message"])


def _tag_findings(catalogue: Catalogue) -> Iterator[Finding]:
    for scenario in catalogue.scenarios:
        for tag in scenario.tags:
            problem = _tag_problem(catalogue, tag)
            if problem is not None:
                yield Finding(scenario.file, tag.line, *problem)


def _tag_problem(catalogue: Catalogue, tag: Tag) -> tuple[str, str] | None:
    if tag.name not in TAG_NAMES:
        return "unknown-tag", f"@{tag} (known: {', '.join(f'@{known}:…' for known in sorted(TAG_NAMES))})"
    known = {
        "profile": catalogue.profiles,
        "level": list(LEVELS_OF_SCENARIOS),
        "clause": list(catalogue.clauses),
        "decision": list(catalogue.decisions),
    }
    names = known.get(tag.name, [])
    if tag.value in names or (tag.name == "feature" and _FEATURE.fullmatch(tag.value)):
        return None
    return f"unknown-{tag.name}", _unknown(tag, names)


def _unknown(tag: Tag, known: list[str]) -> str:
    close = close_matches(tag.value, known)
    return f"@{tag}" + (f" (did you mean {', '.join(close)}?)" if close else "")


def _scenario_findings(catalogue: Catalogue) -> Iterator[Finding]:
    ids = Counter(scenario.id for scenario in catalogue.scenarios)
    places = Counter((scenario.file, scenario.template, scenario.row) for scenario in catalogue.scenarios)
    for scenario in catalogue.scenarios:
        problems = [*_missing(scenario), *_contradictions(catalogue, scenario)]
        if ids[scenario.id] > 1:
            problems.append(("duplicate-id", f"{scenario.id} stands for {ids[scenario.id]} scenarios"))
        if scenario.row and places[scenario.file, scenario.template, scenario.row] > 1:
            problems.append(
                ("same-row", f"{scenario.id} has the values of another row, so they cannot be told apart")
            )
        for rule, message in problems:
            yield Finding(scenario.file, scenario.line, rule, message)


def _missing(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name in ("profile", "level"):
        values = scenario.values(name)
        if len(values) != 1:
            tags = ", ".join(f"@{name}:{value}" for value in values) or f"no @{name}"
            yield f"one-{name}", f"{scenario.id} has {tags}, and needs exactly one"
    if not scenario.clauses:
        yield "no-clause", f"{scenario.id} proves no @clause"
    if not scenario.steps:
        yield "no-steps", f"{scenario.id} does nothing"


def _contradictions(catalogue: Catalogue, scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.values("profile") and scenario.folder not in {scenario.profile, SHARED}:
        yield "profile-folder", f"{scenario.id} is tagged @profile:{scenario.profile}"
    clauses = [catalogue.clauses[name] for name in scenario.clauses if name in catalogue.clauses]
    for clause in clauses:
        if clause.profile != scenario.profile:
            yield "foreign-clause", f"{scenario.id} carries {clause.id}, which belongs to {clause.profile}"
    if scenario.level == "core":
        if clauses and not any(clause.level == "core" for clause in clauses):
            yield "core-without-core-clause", f"{scenario.id} is core, but carries no core clause"
        shown_so = {clause.feature for clause in clauses if clause.level == "core"}
        for feature in scenario.optional_features:
            if feature not in shown_so:
                problem = (
                    f"{scenario.id} is core, but depends on @feature:{feature}, and no core clause of it does"
                )
                yield "optional-core", problem
    for clause in clauses:
        if clause.feature and clause.feature not in scenario.optional_features:
            problem = (
                f"{scenario.id} carries {clause.id}, which cannot be seen without @feature:{clause.feature}"
            )
            yield "missing-feature", problem


def _step_findings(scenarios: Sequence[Scenario], definitions: Sequence[StepDefinition]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], list[StepDefinition]] = {}
    reported: set[Finding] = set()
    for scenario in scenarios:
        for step in scenario.steps:
            matching = seen.get((step.kind, step.text))
            if matching is None:
                matching = [known for known in definitions if known.matches(step.kind, step.text)]
                seen[step.kind, step.text] = matching
            finding = _step_finding(scenario.file, step.line, f"{step.kind} {step.text}", matching)
            if finding is not None and finding not in reported:
                reported.add(finding)
                yield finding
    used = {id(definition) for matching in seen.values() for definition in matching}
    for definition in definitions:
        if id(definition) not in used:
            yield Finding(definition.file, definition.line, "unused-step", definition.pattern)


def _step_finding(file: Path, line: int, text: str, matching: Sequence[StepDefinition]) -> Finding | None:
    match matching:
        case []:
            return Finding(file, line, "undefined-step", text)
        case [_]:
            return None
        case _:
            places = ", ".join(f"{definition.pattern!r} ({definition.place})" for definition in matching)
            return Finding(file, line, "ambiguous-step", f"{text}: {places}")


def _coverage_findings(catalogue: Catalogue, to_come: Sequence[ToCome]) -> Iterator[Finding]:
    always = [scenario for scenario in catalogue.scenarios if not scenario.on_demand]
    proven = {name for scenario in always for name in scenario.clauses}
    core = [scenario for scenario in catalogue.scenarios if scenario.level == "core"]
    proven_by_core = {name for scenario in core for name in scenario.clauses}
    register = catalogue.root / "features" / "clauses.yaml"
    text = register.read_text(encoding="utf-8")
    for clause in catalogue.clauses.values():
        promised = any(entry.covers(clause.id) for entry in to_come)
        if clause.level != "note" and clause.id not in proven and not promised:
            message = f"{clause.id} ({clause.level}) has no scenario and no entry in to-come.yaml"
            yield Finding(register, _line_of(text, clause), "unproven-clause", message)
        elif clause.level == "core" and clause.id in proven and clause.id not in proven_by_core:
            message = f"{clause.id} is core, but no core scenario carries it"
            yield Finding(register, _line_of(text, clause), "core-clause-without-core", message)
    for entry in to_come:
        for pattern in entry.clauses:
            problem = _to_come_problem(ToCome((pattern,), entry.reason, entry.line), catalogue, proven)
            if problem is not None:
                yield Finding(
                    catalogue.root / "features" / "to-come.yaml", entry.line, "stale-to-come", problem
                )


def _to_come_problem(entry: ToCome, catalogue: Catalogue, proven: set[str]) -> str | None:
    pattern = entry.clauses[0]
    matched = [name for name in catalogue.clauses if entry.covers(name)]
    if not matched:
        return f"{pattern} matches no clause"
    if all(name in proven for name in matched):
        return f"{pattern} has its scenarios already"
    return None


def _line_of(text: str, clause: Clause) -> int:
    found = re.search(rf"\bid:\s*['\"]?{re.escape(clause.id)}\b", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
