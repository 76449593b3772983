"""Markdown as HTML: headings that can be linked, clauses that lead to their pages, and links that hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

CLAUSE = re.compile(r"\b([A-Z]+(?:-[A-Z0-9]+)*)-(\d\d)(?: (and|to) -(\d\d))?\b")
"""A clause, or two that share their beginning: ``GLOO-MULTI-01 to -04``."""

Resolve = Callable[[str, int], str]
"""What a link becomes, from its address and the line that it is on."""


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Mention:
    """A place in a document that speaks of a clause."""

    title: str
    """The bold beginning of the paragraph, or else the heading above it."""
    anchor: str


@dataclass
class Parsed:
    """A document that has been read; ``html`` makes it."""

    tokens: list[Token]
    headings: list[Heading] = field(default_factory=list)
    mentions: dict[str, list[Mention]] = field(default_factory=dict)
    """By clause."""

    @property
    def title(self) -> str:
        return next((each.text for each in self.headings if each.level == 1), "")

    @property
    def anchors(self) -> set[str]:
        own = {str(token.attrs["id"]) for token in self.tokens if "id" in token.attrs}
        return own | {each.anchor for each in self.headings}


def parse(text: str, clauses: Collection[str]) -> Parsed:
    """Read a document and note where it speaks of which of the clauses."""
    parsed = Parsed(_reader().parse(text))
    seen: dict[str, int] = {}
    above = Mention("", "")
    for number, token in enumerate(parsed.tokens):
        following = parsed.tokens[number + 1] if number + 1 < len(parsed.tokens) else token
        if token.type == "heading_open":
            words = _plain(following)
            anchor = _once(_heading_anchor(words), seen)
            token.attrSet("id", anchor)
            parsed.headings.append(Heading(int(token.tag[1:]), words, anchor))
            above = Mention(words, anchor)
        elif token.type == "list_item_open":
            bold = _bold_beginning(parsed.tokens[number + 2]) if number + 2 < len(parsed.tokens) else ""
            if bold:
                anchor = _once(_heading_anchor(bold), seen)
                token.attrSet("id", anchor)
                above = Mention(bold.rstrip("."), anchor)
        elif token.type == "inline":
            for clause in named_clauses(token.content, clauses):
                places = parsed.mentions.setdefault(clause, [])
                if above not in places:
                    places.append(above)
    return parsed


def html(
    parsed: Parsed, resolve: Resolve, clause_href: Callable[[str], str], clauses: Collection[str]
) -> Markup:
    """The document as HTML. Every link goes through ``resolve``, whatever that raises."""
    for token in parsed.tokens:
        if token.type == "inline" and token.children:
            line = (token.map or [0])[0] + 1
            token.children = list(_linked(token.children, resolve, clause_href, clauses, line))
    rendered = _reader().renderer.render(parsed.tokens, _reader().options, {})
    return Markup(_scrolling(str(rendered)))  # noqa: S704  # the renderer escapes, and raw HTML is let through nowhere


def tables(text: str) -> Iterator[list[str]]:
    """The cells of all rows of all tables, as they are written, header rows as well."""
    row: list[str] = []
    for token in _reader().parse(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline" and token.level > 0:
            row.append(token.content)
        elif token.type == "tr_close":
            yield row


def named_clauses(text: str, known: Collection[str]) -> list[str]:
    """The clauses that a text names, each once."""
    found: dict[str, None] = {}
    for match in CLAUSE.finditer(text):
        stem, first, how, last = match.groups()
        numbers = range(int(first), int(last) + 1) if how == "to" else [int(first), int(last or first)]
        found.update(dict.fromkeys(f"{stem}-{number:02}" for number in numbers))
    return [each for each in found if each in known]


def _reader() -> MarkdownIt:
    """CommonMark with tables. Of raw HTML only a line break in a table is more than text."""
    reader = MarkdownIt("commonmark").enable("table")
    reader.add_render_rule("html_inline", _raw)
    reader.add_render_rule("html_block", _raw)
    return reader


def _raw(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    content = tokens[index].content
    return "<br>" if content == "<br>" else str(escape(content))


def _linked(
    children: Sequence[Token],
    resolve: Resolve,
    clause_href: Callable[[str], str],
    clauses: Collection[str],
    line: int,
) -> Iterator[Token]:
    inside = False
    for token in children:
        if token.type in {"softbreak", "hardbreak"}:
            line += 1
        if token.type == "link_open":
            inside = True
            token.attrSet("href", resolve(str(token.attrs["href"]), line))
        elif token.type == "link_close":
            inside = False
        if token.type == "text" and not inside:
            yield from _with_clauses(token, clause_href, clauses)
        else:
            yield token


def _with_clauses(
    token: Token, clause_href: Callable[[str], str], clauses: Collection[str]
) -> Iterator[Token]:
    end = 0
    for match in CLAUSE.finditer(token.content):
        stem, first, _, last = match.groups()
        for clause, start, stop in (
            (f"{stem}-{first}", match.start(), match.end(2)),
            (f"{stem}-{last}", match.start(4) - 1, match.end(4)),
        ):
            if clause in clauses:
                yield _text(token.content[end:start])
                opening = Token("link_open", "a", 1, attrs={"href": clause_href(clause), "class": "clause"})
                yield from (opening, _text(token.content[start:stop]), Token("link_close", "a", -1))
                end = stop
    yield _text(token.content[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _plain(inline: Token) -> str:
    return "".join(each.content for each in inline.children or () if each.type in {"text", "code_inline"})


def _bold_beginning(token: Token) -> str:
    children = [each for each in token.children or () if each.type != "text" or each.content]
    if not children or children[0].type != "strong_open":
        return ""
    end = next(number for number, each in enumerate(children) if each.type == "strong_close")
    return _plain(Token("inline", "", 0, children=children[1:end]))


def _heading_anchor(text: str) -> str:
    """As GitHub makes it, so that a link holds in both places."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _once(anchor: str, seen: dict[str, int]) -> str:
    """The anchor, with a number from its second time on."""
    seen[anchor] = seen.get(anchor, 0) + 1
    return anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor] - 1}"


def _scrolling(rendered: str) -> str:
    """Tables and code that can be scrolled by themselves, by keyboard too; each table is told from the others."""
    numbers = count(1)

    def opened(_: re.Match[str]) -> str:
        return f'<div class="scroll" role="region" tabindex="0" aria-label="Table {next(numbers)}"><table>'

    with_tables = re.sub("<table>", opened, rendered).replace("</table>", "</table></div>")
    return with_tables.replace("<pre>", '<pre tabindex="0">')
