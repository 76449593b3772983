"""The hand-written documents as pages of the site, with links that lead to pages; a broken one is an error."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from gwjwt.errors import UsageError
from gwjwt.site import paths
from gwjwt.site.markdown import Heading, Mention, Parsed, html, parse

_ABSOLUTE = ("http://", "https://", "mailto:")


class BrokenLink(UsageError):
    """A link of a document leads nowhere: names the file and the line."""


@dataclass(frozen=True)
class Document:
    file: str
    """Its path in the repository."""
    page: str
    title: str
    headings: tuple[Heading, ...]
    mentions: Mapping[str, list[Mention]]
    """By clause."""
    body: Markup


def documents_of(root: Path, clauses: Collection[str], places: Mapping[str, str]) -> tuple[Document, ...]:
    """README.md and docs/*.md of the suite at ``root``, those that there are.

    Args:
        root: the suite.
        clauses: all that have a page.
        places: of what else in the repository has a page, by its path.

    Raises:
        BrokenLink: a link leads to nothing that has a page, or to a heading that is not there.
        UsageError: a file is no text.
    """
    files = [*sorted((root / "docs").glob("*.md"))]
    if (root / "README.md").is_file() and files:
        files.append(root / "README.md")
    texts = {file.relative_to(root).as_posix(): _text(file) for file in files}
    parsed = {file: parse(text, clauses) for file, text in texts.items()}
    pages = {file: document_page(file) for file in parsed}
    return tuple(
        _document(file, each, _Links(file, pages[file], parsed, {**places, **pages}), clauses)
        for file, each in parsed.items()
    )


def document_page(file: str) -> str:
    """docs/README.md is the page of the folder, the README at the top stands beside the others."""
    if file == "README.md":
        return "docs/overview.html"
    if file == "docs/README.md":
        return paths.DOCUMENTS
    return posixpath.splitext(file)[0] + ".html"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8") from error


def _document(file: str, parsed: Parsed, links: _Links, clauses: Collection[str]) -> Document:
    return Document(
        file=file,
        page=links.page,
        title=parsed.title or file,
        headings=tuple(parsed.headings),
        mentions=parsed.mentions,
        body=html(parsed, links.resolve, links.clause, clauses),
    )


@dataclass(frozen=True)
class _Links:
    """The links of one document."""

    file: str
    page: str
    parsed: Mapping[str, Parsed]
    places: Mapping[str, str]

    def clause(self, clause: str) -> str:
        return paths.href(self.page, paths.clause_page(clause))

    def resolve(self, address: str, line: int) -> str:
        if address.startswith(_ABSOLUTE):
            return address
        path, mark, fragment = address.partition("#")
        target = self.file
        if path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), path))
        if target not in self.places:
            raise BrokenLink(f"{self.file}:{line}: the link to {address} leads to nothing that has a page")
        if fragment and target in self.parsed and fragment not in self.parsed[target].anchors:
            raise BrokenLink(f"{self.file}:{line}: the link to {address}: {target} has no such heading")
        return paths.href(self.page, self.places[target] + (f"#{fragment}" if mark else ""))
