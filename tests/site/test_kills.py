"""Faults on the site, with what a run of them said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gwjwt.faults.catalogue import catalogue
from gwjwt.faults.matrix import KillMatrix, Outcome
from gwjwt.faults.presentation import as_document
from gwjwt.reporting.verdict import Verdict
from gwjwt.site.kills import read_matrix, shown_faults
from gwjwt.site.paths import FAULTS, fault_page
from gwjwt.site.rendering import site_files

KILLER = "charm-request-auth/transitions/a-second-application-comes-and-leaves"


@pytest.fixture
def run(book, tmp_path):
    """What `gwjwt faults run` would write of two faults, of which one was caught."""
    names = ("opens-first", "deny-but-for-tls")
    matrix = KillMatrix(
        faults=[catalogue()[name] for name in names],
        scenarios=[each for each in book.catalogue.scenarios if not each.on_demand],
        clauses=list(book.catalogue.clauses.values()),
        outcomes=[Outcome("opens-first", KILLER, Verdict.FAILED, "it was open", "Then")],
        whole=False,
    )
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(as_document(matrix)))
    outcomes = read_matrix(file)
    faults = shown_faults([each.fault for each in book.faults], book.catalogue, outcomes)
    return dict(site_files(replace(book, faults=faults, matrix=True)))


def test_a_fault_that_was_caught_leads_to_who_caught_it(run, book):
    page = run[fault_page("opens-first")]
    assert "charm-request-auth: caught" in page
    assert book.places[KILLER].rpartition("/")[2] in page


def test_a_fault_that_was_not_caught_says_so(run):
    assert "charm-request-auth: not caught" in run[fault_page("deny-but-for-tls")]
    assert "not caught" not in run[fault_page("deny-dropped")]


def test_the_picture_shows_what_was_caught_what_was_not_and_what_was_not_run(run):
    page = run[FAULTS]
    assert page.count('class="mark caught"') == 1
    assert page.count('class="mark survived"') == 1
    assert 'class="mark"' in page
    assert "These pictures show the catalogue" not in page


def test_without_a_run_the_picture_is_that_of_the_catalogue(texts):
    assert "caught" not in texts[FAULTS].partition("<svg")[2]
    assert "These pictures show the catalogue" in texts[FAULTS]
