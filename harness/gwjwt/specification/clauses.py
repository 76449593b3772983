"""The register of documented behaviours: ``features/clauses.yaml`` and the list of those still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from gwjwt.errors import UsageError
from gwjwt.yaml_documents import Loader, document

Level = Literal["core", "extended", "note"]
"""core: stated by the documentation. extended: optional, implied or derived. note: advice, never judged."""

LEVELS: tuple[Level, ...] = get_args(Level)


class SpecificationError(UsageError):
    """A file of the specification cannot be read: names the file and, if it is known, the line."""


@dataclass(frozen=True)
class Clause:
    """One documented behaviour."""

    id: str
    source: str
    """The document and its section that state it."""
    statement: str
    level: Level
    profile: str
    observe: str
    """What has to be seen from outside for the behaviour to be proven."""
    notes: str = ""
    feature: str = ""
    """The optional feature without which nobody can see the behaviour, such as a side that not every driver shows."""


@dataclass(frozen=True)
class Decision:
    """How an open point of the documents is settled; scenarios name it as ``@decision:D7``."""

    id: str
    question: str
    decision: str


@dataclass(frozen=True)
class ToCome:
    """Clauses that have no scenario yet, by id or glob pattern, and why."""

    clauses: tuple[str, ...]
    reason: str
    line: int

    def covers(self, clause: str) -> bool:
        return any(fnmatchcase(clause, pattern) for pattern in self.clauses)


def load_clauses(root: Path) -> dict[str, Clause]:
    """The register by id, in its order.

    Raises:
        SpecificationError: the file is missing, is not a list of clauses, or holds an id twice.
    """
    file = root / "features" / "clauses.yaml"
    register: dict[str, Clause] = {}
    for entry in _entries(file):
        clause = _clause(file, entry)
        if clause.id in register:
            raise SpecificationError(f"{file}: clause {clause.id} stands there twice")
        register[clause.id] = clause
    return register


def load_decisions(root: Path) -> dict[str, Decision]:
    """The settled points by id, from ``features/decisions.yaml``; none when there is no such file."""
    file = root / "features" / "decisions.yaml"
    if not file.is_file():
        return {}
    decisions = [_decision(file, entry) for entry in _entries(file)]
    return {decision.id: decision for decision in decisions}


def load_to_come(root: Path) -> tuple[ToCome, ...]:
    """The entries of ``features/to-come.yaml``; none when there is no such file."""
    file = root / "features" / "to-come.yaml"
    if not file.is_file():
        return ()
    lines = _entry_lines(file)
    return tuple(_to_come(file, entry, line) for entry, line in zip(_entries(file), lines, strict=True))


def profiles_of(clauses: Iterable[Clause]) -> list[str]:
    """The profiles that the register knows, in its order."""
    return list(dict.fromkeys(clause.profile for clause in clauses))


def _entries(file: Path) -> list[Mapping[str, Any]]:
    try:
        content = document(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SpecificationError(f"{file}: {' '.join(str(error).split())}") from error
    entries = content if content is not None else []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise SpecificationError(f"{file}: must be a list of mappings")
    return entries


def _entry_lines(file: Path) -> list[int]:
    node = yaml.compose(file.read_text(encoding="utf-8"), Loader=Loader)
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return [item.start_mark.line + 1 for item in items]


def _clause(file: Path, entry: Mapping[str, Any]) -> Clause:
    name = entry.get("id", "a clause without id")
    fields = {
        key: _text(file, name, entry, key)
        for key in ("id", "source", "statement", "level", "profile", "observe")
    }
    optional = {key: _text(file, name, entry, key) for key in ("notes", "feature") if key in entry}
    unknown = set(entry) - {*fields, *optional}
    if unknown:
        raise SpecificationError(f"{file}: {name}: unknown key {', '.join(sorted(map(str, unknown)))}")
    level = fields.pop("level")
    if level not in LEVELS:
        raise SpecificationError(f"{file}: {name}: level: {level!r} (valid: {', '.join(LEVELS)})")
    return Clause(**fields, level=level, **optional)


def _decision(file: Path, entry: Mapping[str, Any]) -> Decision:
    name = str(entry.get("id", "a decision without id"))
    if set(entry) != {"id", "question", "decision"}:
        raise SpecificationError(f"{file}: {name}: a decision has `id`, `question` and `decision`")
    return Decision(name, _text(file, name, entry, "question"), _text(file, name, entry, "decision"))


def _to_come(file: Path, entry: Mapping[str, Any], line: int) -> ToCome:
    clauses = entry.get("clauses")
    if set(entry) != {"clauses", "reason"} or not isinstance(clauses, list):
        raise SpecificationError(
            f"{file}:{line}: an entry has `clauses` (a list of ids or patterns) and `reason`"
        )
    return ToCome(tuple(map(str, clauses)), _text(file, f"line {line}", entry, "reason"), line)


def _text(file: Path, name: str, entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SpecificationError(f"{file}: {name}: {key}: must be a text")
    return value
