"""The site of this suite, made once, and what its pages hold."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from gwjwt.site.book import Sources, read_book
from gwjwt.site.rendering import site_files


@dataclass
class Page(HTMLParser):
    """What matters of a page: its anchors, its links, its words."""

    source: str
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if "id" in known:
            self.ids.append(known["id"])
        self.links += [known[name] for name in ("href", "src") if known.get(name)]

    def handle_data(self, data):
        self.words += data

    def leads_to(self, path: str) -> set[str]:
        """The places within the site that the links of the page at that path lead to."""
        found = set()
        for link in self.links:
            if link.startswith(("http:", "https:", "data:", "mailto:")):
                continue
            target, mark, fragment = link.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            found.add(place + mark + fragment)
        return found


@pytest.fixture(scope="session")
def book():
    return read_book(Sources())


@pytest.fixture(scope="session")
def texts(book):
    return dict(site_files(book))


@pytest.fixture(scope="session")
def pages(texts):
    return {path: Page(text) for path, text in texts.items() if path.endswith(".html")}
