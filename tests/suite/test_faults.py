"""The suite fails when it should: a fault of the reference fails the scenarios that carry a violated clause, only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gwjwt.reference.faults import FAULTS
from gwjwt.specification.catalogue import load_catalogue

NOT_CONFORMANT = 1


def scenarios_under(fault: str, folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "gwjwt", "run", "-n", "2", "--fault", fault, "--report-dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == NOT_CONFORMANT, ended.stdout + ended.stderr
    return json.loads((folder / "report.json").read_text())["scenarios"]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_exactly_the_scenarios_of_violated_clauses_fail(name: str, tmp_path: Path) -> None:
    violated = set(FAULTS[name].clauses)
    found = scenarios_under(name, tmp_path)
    assert found
    assert {each["id"] for each in found if each["verdict"] in {"failed", "inconclusive"}} == {
        each["id"] for each in found if violated & set(each["clauses"])
    }
    verdicts = {each["verdict"] for each in found}
    assert {"passed", "failed"} <= verdicts <= {"passed", "failed", "inconclusive", "recorded"}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_violates_clauses_that_scenarios_carry(name: str) -> None:
    carried = {clause for scenario in load_catalogue().scenarios for clause in scenario.clauses}
    assert FAULTS[name].clauses
    assert set(FAULTS[name].clauses) <= carried
