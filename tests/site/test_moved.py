"""Pages that have moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwjwt.site.moved import moved_pages
from gwjwt.site.rendering import site_files
from gwjwt.specification.clauses import SpecificationError


def test_the_old_place_of_a_page_leads_to_its_new_one(book):
    texts = dict(site_files(replace(book, moved={"clauses/OLD-01.html": "clauses/CHARM-DENY-01.html"})))
    assert 'content="0; url=CHARM-DENY-01.html"' in texts["clauses/OLD-01.html"]


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("old.html", "new.html", "new.html is no page"),
        ("index.html", "clauses/index.html", "index.html: is a page"),
    ],
)
def test_nothing_leads_to_nowhere_or_away_from_a_page(book, old, new, words):
    with pytest.raises(SpecificationError, match=words):
        dict(site_files(replace(book, moved={old: new})))


@pytest.mark.parametrize(
    "text, words", [("- a", "must be a mapping"), ("a: 1", "must be a mapping"), ("a: [", r"moved.yaml:\d")]
)
def test_a_file_that_is_none_is_told(text, words, tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "moved.yaml").write_text(text)
    with pytest.raises(SpecificationError, match=words):
        moved_pages(tmp_path)
