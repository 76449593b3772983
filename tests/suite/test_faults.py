"""The suite fails when it should: a sample of the kill matrix. ``gwjwt faults run`` makes the whole of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from gwjwt.faults.catalogue import catalogue
from gwjwt.specification.catalogue import load_catalogue

SAMPLE = sorted(catalogue())[::8]
TO_THE_LAST_SCENARIO = ("bearer-never-exempt", "deny-kept-after-last-removal", "one-issuer-only")
"""Faults that name every clause of which the effect cannot be seen any more."""


def matrix_of(*arguments: str, code: int = 0) -> dict[str, Any]:
    command = [sys.executable, "-m", "gwjwt", "faults", "run", "--json", "-n", "2", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def test_a_sample_of_the_faults_is_killed_by_scenarios_of_the_clauses_that_they_violate() -> None:
    found = matrix_of(*SAMPLE)
    carried = {scenario.id: set(scenario.clauses) for scenario in load_catalogue().scenarios}
    assert {each["name"] for each in found["faults"]} == set(SAMPLE)
    for fault in found["faults"]:
        assert fault["killers"]
        assert fault["unjudged"] == []
        assert all(each["reason"] for each in fault["killers"])
        assert all(carried[each["scenario"]] & set(fault["clauses"]) for each in fault["killers"])


def test_no_scenario_fails_under_a_fault_that_has_nothing_to_do_with_it() -> None:
    found = matrix_of(*TO_THE_LAST_SCENARIO, "--thorough", "--profile", "charm-request-auth")
    assert [(each["name"], each["elsewhere"]) for each in found["faults"]] == [
        (name, []) for name in TO_THE_LAST_SCENARIO
    ]
    assert [each["name"] for each in found["faults"] if each["unnoticedClauses"]] == []


@pytest.mark.parametrize(
    "arguments, words",
    [(["nobody"], "unknown fault 'nobody'"), (["--profile", "nobody"], "unknown profile 'nobody'")],
)
def test_a_wrong_name_is_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "gwjwt", "faults", "run", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", [each.name for each in catalogue().values() if each.equivalent])
def test_under_an_equivalent_fault_every_scenario_of_its_clauses_passes(name: str) -> None:
    clauses = [f"--clause={each}" for each in catalogue()[name].clauses]
    command = [sys.executable, "-m", "gwjwt", "run", "--fault", name, *clauses]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_matrix_tells_of_what_was_done_and_ends_like_an_interrupted_run(workers: str) -> None:
    command = ["env", "--default-signal=INT", sys.executable, "-m", "gwjwt", "faults", "run", "-n", workers]
    with subprocess.Popen(
        [*command, "realm-is-the-host", "open"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("noticed by "):
                break
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
    assert running.returncode == 3
    assert "interrupted: " in rest
    assert "killed 1 of 1" in rest
    assert "survives" not in rest


def test_a_user_can_run_the_suite_under_a_fault_of_the_gateway() -> None:
    command = [
        sys.executable,
        "-m",
        "gwjwt",
        "run",
        "--fault",
        "clock-ignored",
        "--clause",
        "CHARM-VALIDATE-04",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "it reached a backend" in ended.stdout
