"""``gwjwt docs`` as a user calls it, on a small suite with a published report."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def published(suite):
    """A report of the small suite in its place below ``reports``."""
    file = suite.write(
        "../target.yaml",
        """
        apiVersion: gwjwt.dev/v1alpha1
        kind: Target
        implementation: {project: oak, version: "3"}
        driver: {name: doors}
        profiles: [doors]
        """,
    )
    assert suite.gwjwt("run", str(file), "--quiet", "--report-dir", "out").code == 0
    assert suite.gwjwt("publish", "out", "reports").code == 0
    return suite.root.parent / "reports" / "oak" / "3" / "house"


def test_a_site_tells_who_passes(suite, published):
    outcome = suite.gwjwt("docs", "--reports", "reports")
    site = suite.root.parent / "site"
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("wrote ")
    assert "site/index.html" in outcome.out
    clause = (site / "clauses" / "DOOR-OPEN-01.html").read_text()
    assert 'href="../reports/oak/3/house.html">oak 3</a>' in clause
    assert "passed</span>" in clause
    assert "verified" in (site / "reports" / "oak" / "3" / "house.html").read_text()
    assert "oak 3" in (site / "index.html").read_text()


def test_a_site_without_reports_says_so(suite):
    outcome = suite.gwjwt("docs", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    for page in ("index.html", "reports/index.html"):
        assert "No reports have been published yet" in (suite.root.parent / "site" / page).read_text()


def test_a_report_of_other_features_is_shown_as_such(suite, published):
    feature = suite.root / "features" / "doors" / "bell.feature"
    feature.write_text(feature.read_text().replace("Scenario: It rings", "Scenario: It rings twice"))
    assert suite.gwjwt("docs", "--reports", "reports").code == 0
    site = suite.root.parent / "site"
    assert "It is about other features" in (site / "reports" / "oak" / "3" / "house.html").read_text()
    assert "No published report is about this clause" in (site / "clauses" / "DOOR-OPEN-01.html").read_text()


@pytest.mark.parametrize(
    "breaking, words",
    [
        (lambda place: (place / "report.yaml").write_text("kind: Letter"), "report.yaml: kind: is no"),
        (lambda place: (place / "report.yaml").write_text("a: ["), "report.yaml:"),
        (lambda place: (place / "evidence.jsonl.xz").unlink(), "evidence.jsonl: is missing"),
        (lambda place: (place / "evidence.jsonl.xz").write_bytes(b"no"), "evidence.jsonl.xz: is not whole"),
        (
            lambda place: (place / "report.yaml").write_text(
                (place / "report.yaml").read_text().replace("verdict: passed", "verdict: failed", 1)
            ),
            "report.yaml: ",
        ),
    ],
)
def test_a_broken_report_ends_it_with_the_name_of_the_file(breaking, words, suite, published):
    breaking(published)
    outcome = suite.gwjwt("docs", "--reports", "reports")
    assert outcome.code == 2
    assert f"reports/oak/3/house/{words}" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (suite.root.parent / "site").exists()


def test_a_folder_of_somebody_else_is_left_alone(suite):
    mine = suite.write("../mine/letters.txt", "mine")
    outcome = suite.gwjwt("docs", "--output", "mine")
    assert outcome.code == 2
    assert "mine: is not empty and was not made by `gwjwt docs`" in outcome.err
    assert [each.name for each in mine.parent.iterdir()] == ["letters.txt"]


def test_reports_that_are_not_there_are_told(suite):
    outcome = suite.gwjwt("docs", "--reports", "nowhere")
    assert (outcome.code, outcome.err) == (2, "gwjwt: nowhere: is no folder; `gwjwt publish` makes one\n")


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", "faults.json: is not JSON"),
        ('{"faults": 3}', "faults.json: faults: must be"),
        (
            '{"faults": [{"name": "a", "profile": "doors", "killed": true}]}',
            "faults.json: faults.0.killers: is missing",
        ),
    ],
)
def test_a_matrix_that_is_none_is_told(text, words, suite):
    suite.write("../faults.json", text)
    outcome = suite.gwjwt("docs", "--faults", "faults.json")
    assert outcome.code == 2
    assert words in outcome.err.replace("[0]", ".0")


@pytest.mark.parametrize(
    "text, words", [("[", "atlas.json: is not JSON"), ('{"rows": 1}', "atlas.json: rows: must be")]
)
def test_an_atlas_that_is_none_is_told(text, words, suite):
    suite.write(
        "features/token-atlas.yaml",
        "topics: [{topic: a, about: b, rows: [{name: c, what: d, source: e, says: open}]}]",
    )
    suite.write("../atlas.json", text)
    outcome = suite.gwjwt("docs", "--atlas", "atlas.json")
    assert outcome.code == 2
    assert words in outcome.err


def test_an_atlas_is_shown_as_it_came_out(suite):
    suite.write(
        "features/token-atlas.yaml",
        "topics: [{topic: a, about: b, rows: [{name: c, what: d, source: e, says: refuse}]}]",
    )
    fate = {
        "admitted": True,
        "arrivals": 1,
        "status": 200,
        "body": "",
        "failure": "",
        "handedOn": {},
        "tokenToo": False,
    }
    run = {"environment": "house", "profile": "doors", "verdict": "recorded", "text": "admitted", **fate}
    suite.write("../atlas.json", json.dumps({"rows": [{"row": "c", "runs": [run]}]}))
    assert suite.gwjwt("docs", "--atlas", "atlas.json").code == 0
    page = (suite.root.parent / "site" / "atlas" / "index.html").read_text()
    assert "1 against the RFC" in page
    assert 'class="fate is-admitted">admitted<' in page


def test_a_document_with_a_broken_link_ends_it(suite):
    suite.write("docs/one.md", "# One\n\n[gone](two.md)\n")
    outcome = suite.gwjwt("docs")
    assert outcome.code == 2
    assert "docs/one.md:3: the link to two.md leads to nothing that has a page" in outcome.err
