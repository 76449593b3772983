from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from gwjwt.cli.faults import exit_code
from gwjwt.faults.catalogue import CataloguedFault
from gwjwt.faults.matrix import KillMatrix, Outcome, finished, pairs
from gwjwt.faults.presentation import as_document, as_markdown, as_text, write_matrix
from gwjwt.reporting.verdict import Verdict


@dataclass(frozen=True)
class Scenario:
    id: str
    clauses: tuple[str, ...]
    level: str = "core"
    profile: str = "one"


@dataclass(frozen=True)
class Clause:
    id: str
    level: str = "core"
    profile: str = "one"


SCENARIOS = (Scenario("a", ("A",)), Scenario("b", ("B",)), Scenario("ab", ("A", "B"), level="extended"))
CLAUSES = (Clause("A"), Clause("B"))
BREAKS_A = CataloguedFault("breaks-a", "gateway", "does A wrong", ("A",))
BREAKS_B = CataloguedFault("breaks-b", "written", "does B wrong", ("B",))


def matrix(*outcomes: tuple[str, Verdict], fault=BREAKS_A, scenarios=SCENARIOS, clauses=CLAUSES, whole=True):
    made = [Outcome(fault.name, scenario, verdict) for scenario, verdict in outcomes]
    return KillMatrix([fault], scenarios, clauses, made, whole)


def test_a_fault_is_killed_by_a_scenario_of_a_violated_clause_that_fails():
    found = matrix(("a", Verdict.FAILED), ("ab", Verdict.PASSED))
    assert [each.scenario for each in found.rows[0].killers] == ["a"]
    assert not found.survivors
    assert exit_code(found) == 0


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.RECORDED, Verdict.INCONCLUSIVE])
def test_a_fault_survives_what_does_not_give_it_away(verdict):
    found = matrix(("a", verdict), ("ab", Verdict.PASSED))
    assert [row.fault for row in found.survivors] == [BREAKS_A]
    assert exit_code(found) == 1
    assert "survives one: breaks-a: does A wrong" in as_text(found)


def test_a_fault_that_makes_answers_prove_nothing_is_killed_by_an_inconclusive_scenario_only():
    fault = CataloguedFault("mute", "gateway", "says nothing", ("A",), seen_as=Verdict.INCONCLUSIVE)
    assert matrix(("a", Verdict.INCONCLUSIVE), fault=fault).rows[0].killed
    assert not matrix(("a", Verdict.FAILED), fault=fault).rows[0].killed


def test_only_a_fault_of_which_every_run_was_made_is_told_of_after_an_interruption():
    made = [Outcome("breaks-a", "a", Verdict.PASSED), Outcome("breaks-b", "b", Verdict.FAILED)]
    planned = [("breaks-a", "a"), ("breaks-a", "ab"), ("breaks-b", "b")]
    faults = finished([BREAKS_A, BREAKS_B], planned, made)
    assert faults == [BREAKS_B]
    found = KillMatrix(faults, SCENARIOS, CLAUSES, made, whole=False, unmade=1)
    assert not found.survivors
    assert exit_code(found) == 3
    assert "interrupted: 1 runs were not made" in as_text(found)


def test_a_scenario_of_another_clause_does_not_kill_and_is_named():
    found = matrix(("a", Verdict.PASSED), ("b", Verdict.FAILED))
    assert [row.fault for row in found.killed_elsewhere_only] == [BREAKS_A]
    assert as_document(found)["killedElsewhereOnly"] == [{"fault": "breaks-a", "profile": "one"}]


def test_a_scenario_that_broke_is_told_and_is_no_success():
    found = matrix(("a", Verdict.FAILED), ("ab", Verdict.ERROR))
    assert [each.scenario for each in found.rows[0].unjudged] == ["ab"]
    assert exit_code(found) == 3


def test_a_fault_is_to_be_killed_in_each_profile_that_it_violates():
    both = CataloguedFault("both", "gateway", "wrong twice", ("A", "C"))
    scenarios = (*SCENARIOS, Scenario("c", ("C",), profile="two"))
    clauses = (*CLAUSES, Clause("C", profile="two"))
    found = matrix(
        ("a", Verdict.FAILED), ("c", Verdict.PASSED), fault=both, scenarios=scenarios, clauses=clauses
    )
    assert [(row.profile, row.killed) for row in found.rows] == [("one", True), ("two", False)]


def test_core_scenarios_that_kill_nothing_and_clauses_without_a_fault_are_told_of_the_whole_catalogue():
    found = matrix(("a", Verdict.FAILED), ("ab", Verdict.PASSED))
    assert found.idle_scenarios == ["b"]
    assert found.clauses_without_fault == ["B"]
    part = matrix(("a", Verdict.FAILED), whole=False)
    assert (part.idle_scenarios, part.clauses_without_fault) == ([], [])


def test_a_clause_whose_scenarios_all_passed_is_unnoticed_although_the_fault_is_killed():
    both = CataloguedFault("both", "gateway", "wrong twice", ("A", "B"))
    found = matrix(("a", Verdict.FAILED), ("b", Verdict.PASSED), fault=both)
    assert found.rows[0].unnoticed == ("B",)


def test_an_equivalent_fault_is_not_run_but_named_with_its_reason():
    same = CataloguedFault("same", "gateway", "looks right", ("A",), equivalent="nobody can see it")
    found = matrix(fault=same)
    assert pairs([same], SCENARIOS, thorough=True) == []
    assert not found.rows
    assert "equivalent: same: nobody can see it" in as_text(found)


def test_only_scenarios_of_violated_clauses_are_run_unless_asked_to_be_thorough():
    assert pairs([BREAKS_A], SCENARIOS, thorough=False) == [("breaks-a", "a"), ("breaks-a", "ab")]
    assert len(pairs([BREAKS_A, BREAKS_B], SCENARIOS, thorough=True)) == 6


def test_the_files_hold_every_fault_and_no_markup_of_others(tmp_path):
    wild = CataloguedFault("breaks-a", "gateway", "<script>alert(1)</script>", ("A",))
    found = matrix(("a", Verdict.FAILED), fault=wild)
    write_matrix(tmp_path / "out", found)
    page = (tmp_path / "out" / "faults.html").read_text()
    assert "<script>" not in page
    assert 'class="failed"' in page
    assert json.loads((tmp_path / "out" / "faults.json").read_text())["faults"][0]["killed"]
    assert "| `breaks-a` | one |" in as_markdown(found)
