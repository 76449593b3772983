"""What became of the rows, in the words of the table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.atlas.fate import Fate
from gwjwt.atlas.register import Atlas
from gwjwt.atlas.table import AtlasRun, Finding, as_document, as_markdown, as_text, cell, missing, runs_of
from gwjwt.traffic.evidence import FailureKind

ADMITTED = Fate(admitted=True, arrivals=1, status=200, handed_on={"x-user": ("somebody",)})
REFUSED = Fate(admitted=False, arrivals=0, status=401, body="Jwt is expired")
ATLAS = Atlas.model_validate(
    {
        "topics": [
            {
                "topic": "period",
                "about": "times",
                "rows": [
                    {
                        "name": "late",
                        "what": "a|b",
                        "source": "RFC 7519, 4",
                        "says": "refuse",
                        "expect": "refused",
                        "clauses": {"charm": ["C-01"]},
                    }
                ],
            }
        ],
        "left_out": [{"what": "much", "because": "of time"}],
    }
)


def run(environment, profile, fate, verdict="recorded"):
    return AtlasRun(environment, profile, {"late": Finding(verdict, fate)})


@pytest.mark.parametrize(
    "fate, words",
    [
        (ADMITTED, "admitted, x-user: somebody"),
        (Fate(admitted=True, arrivals=1, status=200, token_too=True), "admitted, the token too"),
        (REFUSED, "401 Jwt is expired"),
        (Fate(admitted=False, arrivals=0, status=431), "431"),
        (Fate(admitted=False, arrivals=0, status=None, failure="timed out"), "timed out"),
        (Fate(admitted=False, arrivals=1, status=403, body="no"), "arrived once and 403 no"),
        (Fate(admitted=False, arrivals=2, status=200, body=""), "arrived 2 times and 200"),
        (Fate(admitted=False, arrivals=0, status=400, body="a\r\nb"), "400 a\\r\\nb"),
        (Fate(admitted=False, arrivals=0, status=400, body="x" * 200), f"400 {'x' * 40}… (200 characters)"),
    ],
)
def test_a_fate_is_one_line(fate, words):
    assert str(fate) == words


def test_runs_that_agree_share_a_text():
    runs = [run(environment, profile, REFUSED) for environment in ("e", "i") for profile in ("p", "q")]
    assert cell(runs, "late") == ["401 Jwt is expired"]


@pytest.mark.parametrize(
    "fates, texts",
    [
        ([ADMITTED, ADMITTED, REFUSED, REFUSED], ["e: admitted, x-user: somebody", "i: 401 Jwt is expired"]),
        ([ADMITTED, REFUSED, ADMITTED, REFUSED], ["p: admitted, x-user: somebody", "q: 401 Jwt is expired"]),
        (
            [ADMITTED, REFUSED, REFUSED, REFUSED],
            ["p on e: admitted, x-user: somebody", "q on e, p on i, q on i: 401 Jwt is expired"],
        ),
    ],
)
def test_runs_that_differ_stand_side_by_side_by_what_tells_them_apart(fates, texts):
    places = [("e", "p"), ("e", "q"), ("i", "p"), ("i", "q")]
    assert cell([run(*place, fate) for place, fate in zip(places, fates, strict=True)], "late") == texts


def test_a_judged_row_that_did_not_pass_says_so():
    assert cell([run("e", "charm", ADMITTED, "failed")], "late") == ["admitted, x-user: somebody (failed)"]
    assert "1 rows: 1 failed; the runs differ in 0" in as_text(ATLAS, [run("e", "charm", ADMITTED, "failed")])


def test_a_row_is_judged_only_for_a_profile_whose_clauses_it_cites():
    assert "must be refused" in as_text(ATLAS, [run("e", "charm", REFUSED, "passed")])
    assert "RFC: refuse" in as_text(ATLAS, [run("e", "other", REFUSED)])


def test_markdown_and_json_hold_the_same_rows():
    runs = [run("e", "charm", REFUSED, "passed")]
    wanted = "| late | a\\|b | RFC 7519, 4 | refuse | refused: C-01 | 401 Jwt is expired |"
    assert wanted in as_markdown(ATLAS, runs)
    assert "* much: of time." in as_markdown(ATLAS, runs)
    [row] = json.loads(json.dumps(as_document(ATLAS, runs)))["rows"]
    assert (row["row"], row["runs"][0]["text"]) == ("late", "401 Jwt is expired")


def test_what_no_run_speaks_of_is_missing():
    assert missing(ATLAS, [AtlasRun("e", "charm", {})]) == ["late (charm on e)"]
    assert missing(ATLAS, [run("e", "charm", REFUSED)]) == []


def test_runs_are_read_from_evidence_by_profile():
    entry = {"purpose": "atlas", "row": "late", "verdict": "passed", "fate": REFUSED.as_json()}
    found = runs_of("e", {"charm/atlas/x": [{"purpose": "judged"}, entry], "other/atlas/x": [entry]})
    assert found == [run("e", "charm", REFUSED, "passed"), run("e", "other", REFUSED, "passed")]


@given(
    st.builds(
        Fate,
        admitted=st.booleans(),
        arrivals=st.integers(0, 3),
        status=st.none() | st.integers(100, 599),
        body=st.text(),
        failure=st.sampled_from(["", *FailureKind]),
        handed_on=st.dictionaries(st.sampled_from(["x-user", "x-name"]), st.lists(st.text()).map(tuple)),
        token_too=st.booleans(),
    )
)
def test_a_fate_survives_a_report_and_never_breaks_a_line(fate):
    assert Fate.from_json(json.loads(json.dumps(fate.as_json()))) == fate
    assert len(str(fate).splitlines()) <= 1
