"""The behaviours as pages show them: each Rule with its scenarios, and where each of them is on the site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gwjwt.site.paths import behaviour_page, topic_page
from gwjwt.site.sentences import Sentence, Vocabulary
from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.features import Scenario, Step, case_of, slug
from gwjwt.specification.written import (
    WrittenFeature,
    WrittenRule,
    WrittenScenario,
    WrittenStep,
    WrittenTable,
)


@dataclass(frozen=True)
class ShownStep:
    written: WrittenStep
    sentences: tuple[Sentence, ...]
    """What it is with the values of each row; usually one."""


@dataclass(frozen=True)
class ShownRow:
    anchor: str
    cells: tuple[str, ...]
    scenario: Scenario


@dataclass(frozen=True)
class ShownTable:
    """A table of examples. What its tags say is that of its rows."""

    title: str
    header: tuple[str, ...]
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class ShownScenario:
    """A scenario or an outline, with what can be run of it."""

    written: WrittenScenario
    anchor: str
    steps: tuple[ShownStep, ...]
    tables: tuple[ShownTable, ...]
    scenarios: tuple[Scenario, ...]

    @property
    def differs_by_table(self) -> bool:
        """Whether its tables have tags of their own, as shared behaviours have."""
        return any(table.tags for table in self.written.tables)


@dataclass(frozen=True)
class Behaviour:
    """One Rule."""

    feature: WrittenFeature
    rule: WrittenRule
    page: str
    scenarios: tuple[ShownScenario, ...]

    @cached_property
    def runnable(self) -> tuple[Scenario, ...]:
        return tuple(each for shown in self.scenarios for each in shown.scenarios)

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.profile for each in self.runnable))

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clause for each in self.runnable for clause in each.clauses))

    @cached_property
    def levels(self) -> tuple[str, ...]:
        return tuple(sorted({each.level for each in self.runnable}))


@dataclass(frozen=True)
class Topic:
    """One feature file."""

    feature: WrittenFeature
    page: str
    behaviours: tuple[Behaviour, ...]

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.behaviours for name in each.profiles))


def topics_of(
    features: Iterable[WrittenFeature], catalogue: Catalogue, vocabulary: Vocabulary
) -> tuple[Topic, ...]:
    """Every feature with its behaviours, in the order of the files."""
    places = {(each.file, each.line): each for each in catalogue.scenarios}
    return tuple(_topic(feature, places, vocabulary) for feature in features)


def scenario_places(topics: Iterable[Topic]) -> dict[str, str]:
    """Where each scenario that can be run is on the site, by its id."""
    return {
        scenario: f"{behaviour.page}#{anchor}"
        for topic in topics
        for behaviour in topic.behaviours
        for shown in behaviour.scenarios
        for scenario, anchor in _anchors(shown)
    }


def _anchors(shown: ShownScenario) -> Iterator[tuple[str, str]]:
    if not shown.tables:
        yield from ((scenario.id, shown.anchor) for scenario in shown.scenarios)
    for table in shown.tables:
        yield from ((row.scenario.id, row.anchor) for row in table.rows)


def _topic(
    feature: WrittenFeature, places: Mapping[tuple[Path, int], Scenario], vocabulary: Vocabulary
) -> Topic:
    behaviours = tuple(
        Behaviour(
            feature=feature,
            rule=rule,
            page=behaviour_page(feature.folder, feature.topic, rule.name),
            scenarios=tuple(
                _shown(feature, len(rule.background), each, places, vocabulary) for each in rule.scenarios
            ),
        )
        for rule in feature.rules
    )
    return Topic(feature, topic_page(feature.folder, feature.topic), behaviours)


def _shown(
    feature: WrittenFeature,
    before: int,
    written: WrittenScenario,
    places: Mapping[tuple[Path, int], Scenario],
    vocabulary: Vocabulary,
) -> ShownScenario:
    """``before``: how many steps of the background come first."""
    scenarios = tuple(places[feature.file, line] for line in written.lines)
    anchor = slug(written.title)
    return ShownScenario(
        written=written,
        anchor=anchor,
        steps=tuple(
            ShownStep(step, _sentences([each.steps[before + number] for each in scenarios], vocabulary))
            for number, step in enumerate(written.steps)
        ),
        tables=tuple(_table(anchor, feature.file, table, places) for table in written.tables),
        scenarios=scenarios,
    )


def _sentences(steps: Iterable[Step], vocabulary: Vocabulary) -> tuple[Sentence, ...]:
    found = (vocabulary.sentence(step) for step in steps)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _table(
    anchor: str, file: Path, table: WrittenTable, places: Mapping[tuple[Path, int], Scenario]
) -> ShownTable:
    rows = [(row.cells, places[file, row.line]) for row in table.rows]
    return ShownTable(
        title=table.title,
        header=table.header,
        rows=tuple(
            ShownRow(f"{anchor}--{slug(case_of(dict(scenario.row)))}-{scenario.profile}", cells, scenario)
            for cells, scenario in rows
        ),
    )
