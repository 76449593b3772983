"""All pages of this suite's site at once: they are there, they lead somewhere, and they stay where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gwjwt.site import paths

PUBLISHED = Path(__file__).with_name("published-paths.txt")


def test_every_link_leads_to_a_place_that_is_there(pages, texts):
    places = set(texts) | {f"{path}#{anchor}" for path, page in pages.items() for anchor in page.ids}
    broken = {f"{path} -> {each}" for path, page in pages.items() for each in page.leads_to(path) - places}
    assert broken == set()
    assert sum(len(page.links) for page in pages.values()) > 10_000


def test_no_anchor_stands_twice_on_a_page(pages):
    twice = {
        f"{path}#{anchor}"
        for path, page in pages.items()
        for anchor, count in Counter(page.ids).items()
        if count > 1
    }
    assert twice == set()


def test_what_has_been_published_stays_where_it_is(texts):
    """Others link to these places. A page that moves leaves a line in features/moved.yaml, and one here."""
    published = set(PUBLISHED.read_text(encoding="utf-8").split())
    assert published - set(texts) == set(), "pages that others may link to are gone"


def test_the_list_of_published_places_has_every_page(texts):
    own = {path for path in texts if path.endswith(".html") and not path.startswith("reports/")}
    published = set(PUBLISHED.read_text(encoding="utf-8").split())
    assert own - published == set(), f"new pages: add them to {PUBLISHED.name}"


def test_everything_has_its_page(book, texts):
    wanted = {
        *map(paths.profile_page, book.catalogue.profiles),
        *map(paths.clause_page, book.catalogue.clauses),
        *(paths.fault_page(each.fault.name) for each in book.faults),
        *(each.page for topic in book.topics for each in (topic, *topic.behaviours)),
        *(each.page for each in book.documents),
    }
    assert wanted <= set(texts)
    assert {each.fault.equivalent for each in book.faults}, "equivalent ones have a page as well"


def test_every_scenario_has_a_place_that_is_there(book, pages):
    assert set(book.places) == set(book.catalogue.by_id)
    for scenario, place in book.places.items():
        page, _, anchor = place.partition("#")
        assert anchor in pages[page].ids, scenario


def test_every_page_has_a_title_of_its_own_and_one_heading_at_the_top(texts):
    for path, text in texts.items():
        if path.endswith(".html"):
            assert text.count("<h1") == 1, path
            assert "<title></title>" not in text, path


def test_a_clause_leads_to_all_that_has_to_do_with_it(book, pages):
    page = paths.clause_page("CHARM-ORDER-01")
    entry = book.clauses["CHARM-ORDER-01"]
    found = pages[page].leads_to(page)
    assert len(entry.scenarios) == 6
    assert {book.places[each.id] for each in entry.scenarios} <= found
    assert {each.place for each in entry.sentences} <= found
    assert paths.fault_page("opens-first") in found
    assert "docs/findings.html#a-wrong-order-of-writes-may-not-show" in found
    assert paths.decision_place("D14") in found


def test_a_behaviour_shows_the_feature_as_it_is_written(book, pages):
    behaviours = [each for topic in book.topics for each in topic.behaviours]
    for behaviour in behaviours:
        words = " ".join(pages[behaviour.page].words.split())
        for step in (step for shown in behaviour.scenarios for step in shown.steps):
            assert " ".join(step.written.text.split()) in words
            assert step.sentences, step.written.text


@pytest.mark.parametrize("seed", ["1", "77"])
def test_the_same_suite_makes_the_same_bytes(seed, texts, tmp_path):
    """Whatever order Python has for what has none."""
    command = [sys.executable, "-m", "gwjwt", "docs", "--quiet", "--output", str(tmp_path / "site")]
    command += ["--reports", str(tmp_path)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    made = {
        file.relative_to(tmp_path / "site").as_posix(): file.read_text(encoding="utf-8")
        for file in (tmp_path / "site").rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }
    assert made == texts
