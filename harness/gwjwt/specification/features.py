"""The features as data: every scenario with its stable id, its tags and its steps.

An outline gives one scenario for each row of its examples. Background steps belong to each scenario below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from gwjwt.specification.clauses import SpecificationError

StepKind = Literal["given", "when", "then"]

_KINDS: dict[str, StepKind] = {"Context": "given", "Action": "when", "Outcome": "then"}
ON_DEMAND = "atlas"
"""The level of scenarios that belong to no run which does not ask for them: the rows of the token atlas."""
LEVELS_OF_SCENARIOS = ("core", "extended", ON_DEMAND)
TAG_NAMES = frozenset({"profile", "level", "clause", "decision", "feature"})
"""The tags that features may carry; each is written ``@name:value``."""

SHARED = "shared"
"""The folder of behaviours that several profiles document: each row of an outline there is tagged with its profile."""

_PLACEHOLDER = re.compile(r"<(.+?)>")


@dataclass(frozen=True)
class Step:
    kind: StepKind
    text: str
    line: int


@dataclass(frozen=True)
class Tag:
    """``@name:value``, without the ``@``; ``value`` is empty for a tag without a colon."""

    name: str
    value: str
    line: int

    def __str__(self) -> str:
        return f"{self.name}:{self.value}" if self.value else self.name


@dataclass(frozen=True)
class Scenario:
    """One scenario that can be run, or one row of an outline."""

    id: str
    """``<folder>/<file stem>/<slug of the title>``, a row with ``[<slug of its case>]``. Always the same.

    Of a shared behaviour, the profile stands in the place of the folder.
    """
    folder: str
    file: Path
    line: int
    feature: str
    rule: str | None
    title: str
    """With the row's values filled in."""
    template: str
    """The title as it stands in the file."""
    row: tuple[tuple[str, str], ...]
    tags: tuple[Tag, ...]
    """Its own and those of the examples, the rule and the feature around it."""
    steps: tuple[Step, ...]

    @property
    def profile(self) -> str:
        """The profile that it is tagged with, or else the folder that it stands in."""
        return next(iter(self.values("profile")), self.folder)

    @property
    def level(self) -> str:
        return next(iter(self.values("level")), "")

    @property
    def on_demand(self) -> bool:
        """Whether it is left out of runs that do not ask for it."""
        return self.level == ON_DEMAND

    @property
    def clauses(self) -> tuple[str, ...]:
        return self.values("clause")

    @property
    def decisions(self) -> tuple[str, ...]:
        return self.values("decision")

    @property
    def optional_features(self) -> tuple[str, ...]:
        """The capabilities without which an implementation need not show this behaviour."""
        return self.values("feature")

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag.value for tag in self.tags if tag.name == name))


def is_own_tag(tag: str) -> bool:
    """Whether a tag, without its ``@``, is one of the suite's."""
    return tag.partition(":")[0] in TAG_NAMES


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def feature_files(root: Path) -> list[Path]:
    """All feature files of the suite, sorted."""
    return sorted((root / "features").glob("**/*.feature"))


def load_scenarios(root: Path) -> tuple[Scenario, ...]:
    """Every scenario of the suite.

    Raises:
        SpecificationError: a file is not Gherkin; names the file and the line.
    """
    return tuple(scenario for file in feature_files(root) for scenario in read_feature(root, file))


def read_feature(root: Path, file: Path) -> Iterator[Scenario]:
    """The scenarios of one file, in its order."""
    feature = gherkin_document(file).get("feature")
    if feature is not None:
        yield from _Reader(root, file, feature).scenarios()


def gherkin_document(file: Path) -> Mapping[str, Any]:
    """The file as the Gherkin parser has it.

    Raises:
        SpecificationError: it is not Gherkin; names the file and the line.
    """
    from gherkin.errors import CompositeParserException  # only who reads features pays for it
    from gherkin.parser import Parser

    try:
        return cast("Mapping[str, Any]", Parser().parse(file.read_text(encoding="utf-8")))
    except CompositeParserException as error:
        first = error.errors[0]
        words = re.sub(r"^\(\d+:\d+\): ", "", str(first))
        raise SpecificationError(f"{file}:{first.location['line']}: {words}") from error
    except UnicodeDecodeError as error:
        raise SpecificationError(f"{file}: not UTF-8") from error


class _Reader:
    def __init__(self, root: Path, file: Path, feature: Mapping[str, Any]) -> None:
        self._file = file
        self._feature = feature
        inside = file.relative_to(root / "features")
        self._folder = inside.parts[0] if len(inside.parts) > 1 else ""
        self._inside = (*inside.parent.parts, inside.stem)

    def scenarios(self) -> Iterator[Scenario]:
        yield from self._children(self._feature, tags_of(self._feature), (), None)

    def _children(
        self, node: Mapping[str, Any], tags: tuple[Tag, ...], background: Sequence[Any], rule: str | None
    ) -> Iterator[Scenario]:
        for child in node["children"]:
            if "background" in child:
                background = (*background, *child["background"]["steps"])
            elif "rule" in child:
                inner = child["rule"]
                yield from self._children(inner, (*tags, *tags_of(inner)), background, inner["name"])
            else:
                yield from self._rows(child["scenario"], tags, background, rule)

    def _rows(
        self, node: Mapping[str, Any], tags: tuple[Tag, ...], background: Sequence[Any], rule: str | None
    ) -> Iterator[Scenario]:
        own = (*tags, *tags_of(node))
        if not node["examples"]:
            yield self._scenario(node, own, background, rule, row=(), line=node["location"]["line"])
        for table in node["examples"]:
            names = [cell["value"] for cell in table.get("tableHeader", {}).get("cells", [])]
            for body in table.get("tableBody", []):
                row = tuple(zip(names, (cell["value"] for cell in body["cells"]), strict=True))
                with_table = (*own, *tags_of(table))
                yield self._scenario(
                    node, with_table, background, rule, row=row, line=body["location"]["line"]
                )

    def _scenario(  # one value for each level of the document around it
        self,
        node: Mapping[str, Any],
        tags: tuple[Tag, ...],
        background: Sequence[Any],
        rule: str | None,
        *,
        row: tuple[tuple[str, str], ...],
        line: int,
    ) -> Scenario:
        template = node["name"]
        values = dict(row)
        inside = self._inside
        if self._folder == SHARED:
            profile = next((tag.value for tag in tags if tag.name == "profile"), SHARED)
            inside = (profile, *inside[1:])
        case = f"[{slug(case_of(values))}]" if row else ""
        title = _filled(template, values)
        if row and title == template:
            title = f"{title} ({case_of(values)})"
        return Scenario(
            id=f"{'/'.join(inside)}/{slug(template)}{case}",
            folder=self._folder,
            file=self._file,
            line=line,
            feature=self._feature["name"],
            rule=rule,
            title=title,
            template=template,
            row=row,
            tags=tags,
            steps=tuple(_steps((*background, *node["steps"]), values)),
        )


def case_of(row: Mapping[str, str]) -> str:
    """What names a row: its ``case`` column, or else its first cell."""
    return row["case"] if "case" in row else next(iter(row.values()))


def tags_of(node: Mapping[str, Any]) -> tuple[Tag, ...]:
    """The tags that stand at a node itself."""
    found = []
    for tag in node["tags"]:
        name, _, value = tag["name"].removeprefix("@").partition(":")
        found.append(Tag(name, value, tag["location"]["line"]))
    return tuple(found)


def _steps(nodes: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> Iterator[Step]:
    kind: StepKind = "given"
    for node in nodes:
        kind = _KINDS.get(node["keywordType"], kind)
        yield Step(kind, _filled(node["text"], values), node["location"]["line"])


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text) if values else text
