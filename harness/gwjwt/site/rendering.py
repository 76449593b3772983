"""The pages of the site: which there are, and each as bytes. The same book makes the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader

from gwjwt.faults.catalogue import NO_FAULT
from gwjwt.pages.rendering import page_templates, stylesheet
from gwjwt.reporting.document import json_schema
from gwjwt.site import paths
from gwjwt.site.behaviours import Behaviour
from gwjwt.site.book import Book
from gwjwt.site.drawings import drawn_matrix, drawn_timelines, drawn_way
from gwjwt.site.moved import require_places
from gwjwt.site.search import search_script
from gwjwt.site.wording import add_wording

Trail = tuple[tuple[str, str], ...]
"""The pages above a page: title and place."""

Page = Callable[..., tuple[str, str]]
"""Makes one: its path, its template, the part of the site that it is in, the trail, and what the template needs."""

_KINDS_OF_FATE = (
    ("admitted", "admitted"),
    ("refused", "refused"),
    ("other", "neither"),
    ("apart", "where runs differ"),
    ("unknown", "not run"),
)


def site_files(book: Book) -> Iterator[tuple[str, str]]:
    """Every file of the site: its path and its text.

    Raises:
        SpecificationError: a page is said to have moved to where there is none.
    """
    make = partial(_page, _templates(book))
    made: set[str] = set()
    for path, text in _pages(book, make):
        made.add(path)
        yield path, text
    require_places(book.moved, made)
    yield from (make(old, "moved", place=place) for old, place in book.moved.items())
    yield paths.STYLE, stylesheet() + _asset("site.css")
    yield paths.SCRIPT, _asset("site.js")
    yield paths.SEARCH_INDEX, search_script(book)
    yield paths.SCHEMA, json.dumps(json_schema(), indent=2) + "\n"


def _pages(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    yield from _front(book, make)
    yield from _behaviours(book, make)
    yield from _clauses(book, make)
    yield from _sentences(book, make)
    yield from _faults(book, make)
    yield from _reports(book, make)
    yield from _documents(book, make)


def _templates(book: Book) -> Environment:
    environment = page_templates(PackageLoader("gwjwt.site", "templates"))
    environment.auto_reload = False  # nobody changes a template between two pages
    add_wording(environment, book)
    environment.globals.update(
        book=book, paths=paths, drawn_way=drawn_way, no_fault=NO_FAULT, navigation=_navigation(book)
    )
    return environment


def _asset(name: str) -> str:
    return files("gwjwt.site").joinpath("assets", name).read_text(encoding="utf-8")


def _navigation(book: Book) -> tuple[tuple[str, str], ...]:
    listed = [
        ("Behaviours", paths.BEHAVIOURS),
        ("Clauses", paths.CLAUSES),
        ("Steps", paths.SENTENCES),
        ("Decisions", paths.DECISIONS),
        ("Faults", paths.FAULTS),
        ("Reports", paths.REPORTS),
    ]
    if book.atlas:
        listed.append(("Atlas", paths.ATLAS))
    return (*listed, ("Documents", paths.DOCUMENTS))


def _page(
    environment: Environment,
    page: str,
    template: str,
    section: str = "",
    trail: Trail = (),
    **needed: Any,
) -> tuple[str, str]:
    frame = {"page": page, "section": section, "trail": trail, "root": "../" * page.count("/")}
    context = {**frame, "to": partial(paths.href, page), **needed}
    return page, environment.get_template(f"{template}.html.j2").render(context)


def _front(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    yield make(paths.HOME, "home")
    for profile in book.catalogue.profiles:
        trail = (("Behaviours", paths.BEHAVIOURS),)
        yield make(paths.profile_page(profile), "profile", paths.BEHAVIOURS, trail, profile=profile)


def _behaviours(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    folders: dict[str, list[Any]] = {}
    for topic in book.topics:
        folders.setdefault(topic.feature.folder, []).append(topic)
    yield make(paths.BEHAVIOURS, "behaviours", folders=folders)
    for topic in book.topics:
        folder = topic.feature.folder
        above = paths.profile_page(folder) if folder in book.catalogue.profiles else paths.BEHAVIOURS
        trail: Trail = (("Behaviours", paths.BEHAVIOURS), (folder, above))
        yield make(topic.page, "topic", paths.BEHAVIOURS, trail, topic=topic)
        trail = (*trail, (topic.feature.name, topic.page))
        for each in topic.behaviours:
            yield make(each.page, "behaviour", paths.BEHAVIOURS, trail, behaviour=each)


def _clauses(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    yield make(paths.CLAUSES, "clauses")
    for entry in book.clauses.values():
        profile = entry.clause.profile
        trail = (("Clauses", paths.CLAUSES), (profile, f"{paths.CLAUSES}#{profile}"))
        yield make(entry.page, "clause", paths.CLAUSES, trail, entry=entry)
    by_decision: dict[str, list[Behaviour]] = {}
    for behaviour in (each for topic in book.topics for each in topic.behaviours):
        for name in dict.fromkeys(name for each in behaviour.runnable for name in each.decisions):
            by_decision.setdefault(name, []).append(behaviour)
    yield make(paths.DECISIONS, "decisions", by_decision=by_decision)


def _sentences(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    yield make(paths.SENTENCES, "steps")
    for topic, sentences in book.vocabulary.topics.items():
        page = paths.sentences_page(topic)
        trail = (("Steps", paths.SENTENCES),)
        yield make(page, "step_topic", paths.SENTENCES, trail, topic=topic, sentences=sentences)


def _faults(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    drawn = [
        drawn_matrix(profile, [each.clause.id for each in book.clauses_of(profile)], book.faults)
        for profile in book.catalogue.profiles
    ]
    yield make(paths.FAULTS, "faults", matrices=[each for each in drawn if each.rows])
    for shown in book.faults:
        page = paths.fault_page(shown.fault.name)
        yield make(page, "fault", paths.FAULTS, (("Faults", paths.FAULTS),), shown=shown)


def _reports(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    yield make(paths.REPORTS, "reports")
    for shown in book.reports:
        timelines = drawn_timelines(shown.windows)
        trail = (("Reports", paths.REPORTS),)
        yield make(shown.page, "report", paths.REPORTS, trail, shown=shown, timelines=timelines)


def _documents(book: Book, make: Page) -> Iterator[tuple[str, str]]:
    if book.atlas:
        yield make(paths.ATLAS, "atlas", chart=book.atlas, kinds=_KINDS_OF_FATE)
    if book.document_at(paths.DOCUMENTS) is None:
        yield make(paths.DOCUMENTS, "documents")
    for document in book.documents:
        trail = () if document.page == paths.DOCUMENTS else (("Documents", paths.DOCUMENTS),)
        yield make(document.page, "document", paths.DOCUMENTS, trail, document=document)
