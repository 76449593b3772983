"""Everything that the site shows, put together: what belongs to what, before there is any page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gwjwt.atlas.register import Row
from gwjwt.faults.catalogue import catalogue as all_faults
from gwjwt.site import paths
from gwjwt.site.atlas_chart import AtlasChart, atlas_chart
from gwjwt.site.behaviours import Behaviour, Topic, scenario_places, topics_of
from gwjwt.site.documents import Document, documents_of
from gwjwt.site.kills import ShownFault, by_clause, read_matrix, shown_faults
from gwjwt.site.moved import moved_pages
from gwjwt.site.pictures import Pictures, pictures_of
from gwjwt.site.published import PublishedReport, published_reports
from gwjwt.site.sentences import Sentence, Vocabulary, vocabulary_of
from gwjwt.specification.catalogue import Catalogue, load_catalogue
from gwjwt.specification.clauses import Clause, load_to_come
from gwjwt.specification.features import SHARED, Scenario
from gwjwt.specification.vocabulary import load_vocabulary
from gwjwt.specification.written import written_features


@dataclass(frozen=True)
class Mentioned:
    """A place in a document that speaks of a clause."""

    document: str
    title: str
    place: str


@dataclass(frozen=True)
class ClauseEntry:
    """One documented behaviour, with all that has to do with it."""

    clause: Clause
    behaviours: tuple[Behaviour, ...]
    scenarios: tuple[Scenario, ...]
    sentences: tuple[Sentence, ...]
    """What its scenarios say in their outcomes."""
    decisions: tuple[str, ...]
    faults: tuple[ShownFault, ...]
    mentions: tuple[Mentioned, ...]
    rows: tuple[Row, ...]
    """Of the token atlas."""
    to_come: str
    """Why it has no scenario yet."""

    @property
    def page(self) -> str:
        return paths.clause_page(self.clause.id)


@dataclass(frozen=True)
class Book:
    """All of it. The order of everything is that of its files."""

    catalogue: Catalogue
    topics: tuple[Topic, ...]
    vocabulary: Vocabulary
    clauses: Mapping[str, ClauseEntry]
    faults: tuple[ShownFault, ...]
    matrix: bool
    """Whether a run of the faults was given."""
    reports: tuple[PublishedReport, ...]
    pictures: Mapping[str, Pictures]
    atlas: AtlasChart | None
    documents: tuple[Document, ...]
    moved: Mapping[str, str]
    """Where pages have moved that others may link to, by their old paths."""

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Where each scenario is, by id."""
        return scenario_places(self.topics)

    def topics_of(self, profile: str) -> list[Topic]:
        """Its own, then the shared ones that have rows for it."""
        found = [topic for topic in self.topics if profile in topic.profiles]
        return sorted(found, key=lambda topic: topic.feature.folder == SHARED)

    def clauses_of(self, profile: str) -> list[ClauseEntry]:
        return [each for each in self.clauses.values() if each.clause.profile == profile]

    def reports_of(self, profile: str) -> list[PublishedReport]:
        """Those that say something about the profile."""
        return [each for each in self.reports if any(one.name == profile for one in each.report.profiles)]

    def document_at(self, page: str) -> Document | None:
        return next((each for each in self.documents if each.page == page), None)


@dataclass(frozen=True)
class Sources:
    """What the site is made of beside the suite itself."""

    reports: Path | None = None
    """The folder of published reports."""
    faults: Path | None = None
    """What ``gwjwt faults run`` has written."""
    atlas: Path | None = None
    """What ``gwjwt atlas --format json`` has written."""


def read_book(sources: Sources, root: Path | None = None) -> Book:
    """Read all of it.

    Args:
        sources: what is given.
        root: the suite, by default the one that ``suite_root`` finds.

    Raises:
        UsageError: a file of any of it is wrong, or a document has a broken link; names the file and the place.
    """
    catalogue = load_catalogue(root)
    vocabulary = vocabulary_of(load_vocabulary(catalogue.root), catalogue.scenarios)
    topics = topics_of(written_features(catalogue.root), catalogue, vocabulary)
    matrix = read_matrix(sources.faults)
    faults = shown_faults(all_faults().values(), catalogue, matrix)
    documents = documents_of(catalogue.root, catalogue.clauses, repository_places(topics, catalogue))
    chart = atlas_chart(catalogue.root, sources.atlas)
    return Book(
        catalogue=catalogue,
        topics=topics,
        vocabulary=vocabulary,
        clauses=_clauses(catalogue, topics, vocabulary, faults, documents, chart),
        faults=faults,
        matrix=bool(matrix),
        reports=published_reports(sources.reports, catalogue),
        pictures=pictures_of(catalogue),
        atlas=chart,
        documents=documents,
        moved=moved_pages(catalogue.root),
    )


def repository_places(topics: tuple[Topic, ...], catalogue: Catalogue) -> dict[str, str]:
    """The pages of what documents link to in the repository, other than documents."""
    features = {topic.feature.file.relative_to(catalogue.root).as_posix(): topic.page for topic in topics}
    profiles = {f"features/{each}": paths.profile_page(each) for each in catalogue.profiles}
    return {
        **features,
        **profiles,
        "features": paths.BEHAVIOURS,
        f"features/{SHARED}": f"{paths.BEHAVIOURS}#{SHARED}",
        "features/clauses.yaml": paths.CLAUSES,
        "features/decisions.yaml": paths.DECISIONS,
        "features/token-atlas.yaml": paths.ATLAS,
        "reports": paths.REPORTS,
        "reports/README.md": paths.REPORTS,
        "reports/conformance-report.v1alpha1.schema.json": paths.SCHEMA,
    }


def _clauses(
    catalogue: Catalogue,
    topics: tuple[Topic, ...],
    vocabulary: Vocabulary,
    faults: tuple[ShownFault, ...],
    documents: tuple[Document, ...],
    chart: AtlasChart | None,
) -> dict[str, ClauseEntry]:
    violating = by_clause(faults)
    to_come = load_to_come(catalogue.root)
    behaviours = [each for topic in topics for each in topic.behaviours]
    entries = {}
    for clause in catalogue.clauses.values():
        scenarios = tuple(catalogue.of_clause(clause.id))
        entries[clause.id] = ClauseEntry(
            clause=clause,
            behaviours=tuple(each for each in behaviours if clause.id in each.clauses),
            scenarios=scenarios,
            sentences=_outcomes(scenarios, vocabulary),
            decisions=tuple(dict.fromkeys(name for each in scenarios for name in each.decisions)),
            faults=tuple(violating.get(clause.id, ())),
            mentions=_mentions(clause.id, documents),
            rows=_rows(clause.id, chart),
            to_come=next((each.reason for each in to_come if each.covers(clause.id)), ""),
        )
    return entries


def _outcomes(scenarios: tuple[Scenario, ...], vocabulary: Vocabulary) -> tuple[Sentence, ...]:
    steps = (step for scenario in scenarios for step in scenario.steps if step.kind == "then")
    found = (vocabulary.sentence(step) for step in steps)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _mentions(clause: str, documents: tuple[Document, ...]) -> tuple[Mentioned, ...]:
    return tuple(
        Mentioned(document.title, each.title, f"{document.page}#{each.anchor}")
        for document in documents
        for each in document.mentions.get(clause, ())
    )


def _rows(clause: str, chart: AtlasChart | None) -> tuple[Row, ...]:
    if chart is None:
        return ()
    return tuple(each.row for topic in chart.topics for each in topic.rows if clause in each.clauses)
