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
OVER_ALL = sorted(FAULTS)[::4]
"""The faults of which a whole run is made. It takes some seconds for each; the others show that they are caught."""


TARGET = """
apiVersion: gwjwt.dev/v1alpha1
kind: Target
driver: {name: controller}
deadlines: {settle: 4}  # a fault may keep the controller from ever saying that it has acted
"""


def scenarios_under(fault: str, folder: Path, *selection: str) -> list[dict[str, Any]]:
    target = folder / "target.yaml"
    target.write_text(TARGET)
    command = [sys.executable, "-m", "gwjwt", "run", str(target), "--fault", fault, *selection]
    command += ["--report-dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == NOT_CONFORMANT, ended.stdout + ended.stderr
    found = json.loads((folder / "report.json").read_text())["scenarios"]
    return [each for each in found if each["verdict"] != "unsupported"]


def has_failed(scenario: dict[str, Any]) -> bool:
    return scenario["verdict"] in {"failed", "inconclusive"}


@pytest.mark.parametrize("name", [each for each in sorted(FAULTS) if each not in OVER_ALL])
def test_every_scenario_of_a_violated_clause_fails(name: str, tmp_path: Path) -> None:
    selection = [f"--clause={clause}" for clause in FAULTS[name].clauses]
    judged = scenarios_under(name, tmp_path, *selection)
    assert [each["id"] for each in judged if not has_failed(each)] == []
    assert "failed" in {each["verdict"] for each in judged}


@pytest.mark.parametrize("name", OVER_ALL)
def test_exactly_the_scenarios_of_violated_clauses_fail(name: str, tmp_path: Path) -> None:
    violated = set(FAULTS[name].clauses)
    judged = scenarios_under(name, tmp_path, "-n", "2")
    assert {each["id"] for each in judged if has_failed(each)} == {
        each["id"] for each in judged if violated & set(each["clauses"])
    }
    verdicts = {each["verdict"] for each in judged}
    assert {"passed", "failed"} <= verdicts <= {"passed", "failed", "inconclusive", "recorded"}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_violates_clauses_that_scenarios_carry(name: str) -> None:
    carried = {clause for scenario in load_catalogue().scenarios for clause in scenario.clauses}
    assert FAULTS[name].clauses
    assert set(FAULTS[name].clauses) <= carried
