"""The suite fails when it should: a fault of the reference fails the scenarios that carry a violated clause, only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gwjwt.reference.faults import FAULTS, MANIFEST_FAULTS
from gwjwt.specification.catalogue import load_catalogue

NOT_CONFORMANT = 1
CHARM = "charm-request-auth"
OVER_ALL = sorted(FAULTS)[::4]
"""The faults of which a whole run is made. It takes some seconds for each; the others show that they are caught."""


TARGET = """
apiVersion: gwjwt.dev/v1alpha1
kind: Target
driver: {name: reference}
deadlines: {settle: 4}  # a fault may keep the controller from ever saying that it has acted
"""


def scenarios_under(fault: str, profile: str, folder: Path, *selection: str) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    target = folder / "target.yaml"
    target.write_text(TARGET)
    command = [sys.executable, "-m", "gwjwt", "run", str(target), "--profile", profile, "--fault", fault]
    command += ["--report-dir", str(folder), *selection]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == NOT_CONFORMANT, ended.stdout + ended.stderr
    found = json.loads((folder / "report.json").read_text())["scenarios"]
    return [each for each in found if each["verdict"] != "unsupported"]


def has_failed(scenario: dict[str, Any]) -> bool:
    return scenario["verdict"] in {"failed", "inconclusive"}


@pytest.mark.parametrize("name", [each for each in sorted(FAULTS) if each not in OVER_ALL])
def test_every_scenario_of_a_violated_clause_fails(name: str, tmp_path: Path) -> None:
    selection = [f"--clause={clause}" for clause in FAULTS[name].clauses]
    judged = scenarios_under(name, CHARM, tmp_path, *selection)
    assert [each["id"] for each in judged if not has_failed(each)] == []
    assert "failed" in {each["verdict"] for each in judged}


@pytest.mark.parametrize("name", OVER_ALL)
def test_exactly_the_scenarios_of_violated_clauses_fail(name: str, tmp_path: Path) -> None:
    violated = set(FAULTS[name].clauses)
    judged = scenarios_under(name, CHARM, tmp_path, "-n", "2")
    assert {each["id"] for each in judged if has_failed(each)} == {
        each["id"] for each in judged if violated & set(each["clauses"])
    }
    verdicts = {each["verdict"] for each in judged}
    assert {"passed", "failed"} <= verdicts <= {"passed", "failed", "inconclusive", "recorded"}


@pytest.mark.parametrize("name", sorted(FAULTS) + sorted(MANIFEST_FAULTS))
def test_a_fault_violates_clauses_that_scenarios_carry(name: str) -> None:
    carried = {clause for scenario in load_catalogue().scenarios for clause in scenario.clauses}
    fault = FAULTS.get(name) or MANIFEST_FAULTS[name]
    assert fault.clauses
    assert set(fault.clauses) <= carried


NOT_ABOUT_MANIFESTS = {
    "istio-ingress-jwt/sample-token/the-second-segment-decodes-to-the-documented-claims",
    "gloo-jwt-policy/providers/its-second-segment-decodes-to-the-documented-claims",
}


def test_each_scenario_of_a_product_notices_some_fault_and_each_fault_is_noticed(tmp_path: Path) -> None:
    """With a fault, all failing scenarios carry one of its clauses, and each of its clauses has a failing one."""
    judged, noticed = set(), set()
    for name, fault in MANIFEST_FAULTS.items():
        found = scenarios_under(name, fault.profile, tmp_path / name)
        failing = [each for each in found if has_failed(each)]
        judged |= {each["id"] for each in found if each["verdict"] != "recorded"}
        noticed |= {each["id"] for each in failing}
        carried = {clause for each in failing for clause in each["clauses"]}
        assert [each["id"] for each in failing if not set(each["clauses"]) & set(fault.clauses)] == [], name
        assert set(fault.clauses) <= carried, name
        assert {each["verdict"] for each in found} <= {"passed", "failed", "inconclusive", "recorded"}, name
        assert "failed" in {each["verdict"] for each in failing}, name
    assert judged - noticed == NOT_ABOUT_MANIFESTS
