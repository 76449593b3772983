"""What the search of the site finds: a short list, which a script has inside, as pages from a file cannot fetch one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from gwjwt.site import paths
from gwjwt.site.book import Book

Entry = tuple[str, str, str, str]
"""Kind, title, what else is searched, and the place."""


def entries(book: Book) -> Iterator[Entry]:
    """All that can be found, the most asked-for kinds first."""
    yield from _expected(book)
    yield from _around(book)


def _expected(book: Book) -> Iterator[Entry]:
    for clause in book.clauses.values():
        yield "clause", clause.clause.id, clause.clause.statement, clause.page
    for topic in book.topics:
        for behaviour in topic.behaviours:
            titles = " · ".join(each.written.title for each in behaviour.scenarios)
            yield "behaviour", behaviour.rule.name, titles, behaviour.page
    for profile in book.catalogue.profiles:
        yield "profile", profile, "", paths.profile_page(profile)
    for topic in book.topics:
        yield "topic", topic.feature.name, " ".join(topic.feature.prose.split()), topic.page


def _around(book: Book) -> Iterator[Entry]:
    for document in book.documents:
        for heading in document.headings:
            place = document.page if heading.level == 1 else f"{document.page}#{heading.anchor}"
            yield "document", heading.text, "" if heading.level == 1 else document.title, place
    for decision in book.catalogue.decisions.values():
        yield (
            "decision",
            f"{decision.id} {decision.question}",
            decision.decision,
            paths.decision_place(decision.id),
        )
    for fault in book.faults:
        yield "fault", fault.fault.name, fault.fault.summary, paths.fault_page(fault.fault.name)
    for sentence in book.vocabulary.sentences:
        yield "step", sentence.pattern, sentence.kind, sentence.place
    for report in book.reports:
        yield "report", report.name, report.result, report.page
    for shown in book.atlas.topics if book.atlas else ():
        for row in shown.rows:
            yield "token", row.row.name, row.row.what, paths.atlas_place(row.row.name)


def search_script(book: Book) -> str:
    """The list as a script that a page can have beside it."""
    listed = json.dumps([list(each) for each in entries(book)], ensure_ascii=False, separators=(",", ":"))
    return f"window.gwjwtSearch = {listed.replace('<', chr(92) + 'u003c')};\n"
