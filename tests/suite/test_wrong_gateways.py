"""No scenario passes that asks something of a gateway which answers it wrongly, whatever the resources look like."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gwjwt.specification.catalogue import load_catalogue

ASKS = re.compile(r"\b(requests?|call)\b.*\b(is|admitted|refused|gets)\b")
ASKS_FOR_REFUSAL = re.compile(r"refused|gets 40[13]")
WRONG = {
    "always_refuses": ASKS,
    "refuses_before_it_forwards": ASKS,
    "unavailable_instead_of_refusing": ASKS_FOR_REFUSAL,
}


def verdicts_behind(wrong: str, folder: Path) -> dict[str, str]:
    environment = {**os.environ, "GWJWT_WRONG_GATEWAY": wrong, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-m", "pytest", "-p", "wrong_gateways", "steps", "-q", "-n", "2"]
    ended = subprocess.run(
        [*command, "--gwjwt-report-dir", str(folder)],
        cwd=load_catalogue().root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    report = json.loads((folder / "report.json").read_text())
    return {each["id"]: each["verdict"] for each in report["scenarios"]}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_exactly_the_scenarios_that_ask_for_it_do_not_pass(wrong: str, tmp_path: Path) -> None:
    asking = {
        scenario.id
        for scenario in load_catalogue().scenarios
        if not scenario.optional_features and any(WRONG[wrong].search(step.text) for step in scenario.steps)
    }
    found = verdicts_behind(wrong, tmp_path)
    assert asking
    assert {
        scenario
        for scenario, verdict in found.items()
        if verdict not in {"passed", "recorded", "unsupported"}
    } == asking
    assert {found[scenario] for scenario in asking} <= {"failed", "inconclusive"}
