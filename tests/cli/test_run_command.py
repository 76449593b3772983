"""``gwjwt run`` as a user sees it."""

from __future__ import annotations


def test_a_run_where_all_holds_is_conformant(suite):
    outcome = suite.run("--report-dir", "out")
    print(outcome.out)
    print(outcome.err)
    assert outcome.code == 0
