"""Whatever happens to a run on a real Istio, nothing is judged by what is left, and nothing stays."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run, processes_of

NOT_JUDGED = 3

StartRun = Callable[..., Run]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_istiod_killed_in_mid_run(start_run: StartRun, tmp_path: Path, workers: str) -> None:
    """Scenarios that are struck say error, and so the run is not judged; all others pass, and nothing fails.

    Test processes share one Istio; who notices its end last may find it there again, and settled.
    """
    run = start_run(
        "--environment=local-istio",
        f"-n{workers}",
        "--scenario=charm-request-auth/validation",
        f"--report-dir={tmp_path}/report",
    )
    run.await_line("passed")
    [istiod] = [pid for pid, command in processes_of(run.folder).items() if "pilot-discovery" in command]
    os.kill(istiod, signal.SIGKILL)
    code, output = run.end()
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    verdicts = [each["verdict"] for each in report["scenarios"]]
    assert set(verdicts) <= {"passed", "error"}, output
    assert 1 <= verdicts.count("error") <= max(int(workers), 1), output
    assert "killed by SIGKILL; it has been started again" in output
    assert code == NOT_JUDGED


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c(start_run: StartRun, workers: str) -> None:
    run = start_run("--environment=local-istio", f"-n{workers}")
    run.await_line("passed")
    assert len([each for each in processes_of(run.folder).values() if "pilot-discovery" in each]) == 1
    run.interrupt_group()
    code, output = run.end()
    assert code == NOT_JUDGED, output
    run.require_nothing_left()
