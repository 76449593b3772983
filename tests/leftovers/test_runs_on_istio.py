"""Whatever happens to a run on a real Istio, nothing is judged by what is left, and nothing stays."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from .conftest import Run, processes_of

NOT_JUDGED = 3

StartRun = Callable[..., Run]


def test_istiod_killed_in_mid_run(start_run: StartRun, tmp_path: Path) -> None:
    """Scenarios that are struck say error, and so the run is not judged; all others pass, and nothing fails."""
    run = start_run(
        "--environment=local-istio",
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
    assert verdicts.count("error") == 1, output
    assert "killed by SIGKILL; it has been started again" in output
    assert code == NOT_JUDGED


def test_ctrl_c(start_run: StartRun) -> None:
    run = start_run("--environment=local-istio")
    run.await_line("passed")
    assert len(processes_of(run.folder)) > 3
    run.interrupt_group()
    code, output = run.end()
    assert code == NOT_JUDGED, output
    run.require_nothing_left()
