"""How texts of the features stand on a page: paragraphs, values in quotes, clauses as links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gwjwt.site.book import Book
from gwjwt.site.markdown import CLAUSE
from gwjwt.site.paths import clause_page
from gwjwt.site.published import PublishedReport

_VALUES = re.compile(r'("[^"]*")|(<[^>]+>)|(\{[^}]+\})')


def add_wording(environment: Environment, book: Book) -> None:
    """Give the templates their filters."""

    @pass_context
    def with_clauses(context: Context, text: str) -> Markup:
        """Each clause that the text names as a link to its page."""
        return _linked(text, book, context["to"])

    def in_profile(clauses: Sequence[str], profile: str) -> list[str]:
        return [each for each in clauses if book.clauses[each].clause.profile == profile]

    environment.filters.update(
        with_clauses=with_clauses,
        in_profile=in_profile,
        spoken=spoken,
        paragraphs=paragraphs,
        verdict_counts=verdict_counts,
        capitalize_first=capitalize_first,
    )


def spoken(text: str) -> Markup:
    """A step with its quoted values, its placeholders and its parameters set apart."""
    parts, end = [], 0
    for found in _VALUES.finditer(text):
        kind = "value" if found[1] and "<" not in found[1] else "slot"
        parts += [
            escape(text[end : found.start()]),
            Markup('<span class="{}">{}</span>').format(kind, found[0]),
        ]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def paragraphs(text: str) -> list[str]:
    """Split at empty lines; a paragraph is one line."""
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", text) if each.strip()]


def verdict_counts(reports: Sequence[PublishedReport], clause: str) -> str:
    """``4 passed, 1 failed``; empty where no report tells."""
    counted = Counter(str(each.verdicts[clause].verdict) for each in reports if clause in each.verdicts)
    return ", ".join(f"{count} {verdict}" for verdict, count in counted.items())


def capitalize_first(text: str) -> str:
    """The first letter as a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def _linked(text: str, book: Book, to: Any) -> Markup:
    parts, end = [], 0
    for found in CLAUSE.finditer(text):
        clause = f"{found[1]}-{found[2]}"
        if clause in book.clauses:
            parts += [
                escape(text[end : found.start()]),
                Markup('<a class="clause" href="{}">{}</a>').format(to(clause_page(clause)), clause),
            ]
            end = found.end(2)
    return Markup("").join([*parts, escape(text[end:])])
