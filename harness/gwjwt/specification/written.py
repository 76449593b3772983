"""The features as they were written: their prose, and outlines with tables rather than one scenario for each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from gwjwt.specification.features import Tag, feature_files, gherkin_document, tags_of


@dataclass(frozen=True)
class WrittenStep:
    """One line of a scenario, with the block of text below it."""

    keyword: str
    """As it stands there: Given, When, Then, And, But."""
    text: str
    """With its placeholders."""
    line: int
    block: str = ""


@dataclass(frozen=True)
class WrittenRow:
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class WrittenTable:
    """One table of examples."""

    title: str
    tags: tuple[Tag, ...]
    header: tuple[str, ...]
    rows: tuple[WrittenRow, ...]


@dataclass(frozen=True)
class WrittenScenario:
    """A scenario, or an outline if it has tables."""

    title: str
    line: int
    prose: str
    tags: tuple[Tag, ...]
    """Its own and those of the rule and the feature around it; not those of its tables."""
    steps: tuple[WrittenStep, ...]
    tables: tuple[WrittenTable, ...]

    @property
    def lines(self) -> tuple[int, ...]:
        """Where the scenarios that can be run stand: its own line, or that of each row."""
        return tuple(row.line for table in self.tables for row in table.rows) or (self.line,)


@dataclass(frozen=True)
class WrittenRule:
    name: str
    prose: str
    background: tuple[WrittenStep, ...]
    """That of the feature and its own."""
    scenarios: tuple[WrittenScenario, ...]


@dataclass(frozen=True)
class WrittenFeature:
    """One file."""

    file: Path
    folder: str
    """The name of the folder below ``features/``: a profile, or ``shared``."""
    name: str
    prose: str
    rules: tuple[WrittenRule, ...]
    """Scenarios without a rule stand in one whose name is that of the feature."""

    @property
    def topic(self) -> str:
        """The file's name without its ending."""
        return self.file.stem


def written_features(root: Path) -> tuple[WrittenFeature, ...]:
    """All features of the suite, in the order of their files; a file without a feature is left out.

    Raises:
        SpecificationError: a file is not Gherkin; names the file and the line.
    """
    read = ((file, gherkin_document(file).get("feature")) for file in feature_files(root))
    return tuple(_feature(root, file, node) for file, node in read if node is not None)


def _feature(root: Path, file: Path, node: Mapping[str, Any]) -> WrittenFeature:
    inside = file.relative_to(root / "features")
    tags = tags_of(node)
    background = _background(node)
    alone = _scenarios(node, tags)
    rules = [
        _rule(child["rule"], tags, background) for child in node["children"] if child.get("rule") is not None
    ]
    if alone:
        rules.insert(0, WrittenRule(node["name"], "", background, alone))
    return WrittenFeature(
        file=file,
        folder=inside.parts[0] if len(inside.parts) > 1 else "",
        name=node["name"],
        prose=_prose(node),
        rules=tuple(rules),
    )


def _rule(node: Mapping[str, Any], tags: tuple[Tag, ...], background: tuple[WrittenStep, ...]) -> WrittenRule:
    return WrittenRule(
        name=node["name"],
        prose=_prose(node),
        background=(*background, *_background(node)),
        scenarios=_scenarios(node, (*tags, *tags_of(node))),
    )


def _background(node: Mapping[str, Any]) -> tuple[WrittenStep, ...]:
    nodes = [child["background"] for child in node["children"] if "background" in child]
    return tuple(step for each in nodes for step in _steps(each["steps"]))


def _scenarios(node: Mapping[str, Any], tags: tuple[Tag, ...]) -> tuple[WrittenScenario, ...]:
    nodes = [child["scenario"] for child in node["children"] if "scenario" in child]
    return tuple(
        WrittenScenario(
            title=each["name"],
            line=each["location"]["line"],
            prose=_prose(each),
            tags=(*tags, *tags_of(each)),
            steps=tuple(_steps(each["steps"])),
            tables=tuple(_table(table) for table in each["examples"]),
        )
        for each in nodes
    )


def _table(node: Mapping[str, Any]) -> WrittenTable:
    return WrittenTable(
        title=node["name"],
        tags=tags_of(node),
        header=_cells(node.get("tableHeader") or {}),
        rows=tuple(WrittenRow(row["location"]["line"], _cells(row)) for row in node.get("tableBody", [])),
    )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in row.get("cells", ()))


def _steps(nodes: Sequence[Mapping[str, Any]]) -> Iterator[WrittenStep]:
    for node in nodes:
        block = (node.get("docString") or {}).get("content", "")
        yield WrittenStep(node["keyword"].strip(), node["text"], node["location"]["line"], block)


def _prose(node: Mapping[str, Any]) -> str:
    return dedent(node["description"] or "").strip()
