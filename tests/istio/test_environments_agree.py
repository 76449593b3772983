"""The embedded gateway answers as a real Istio does: every verdict, status, body and header of the whole profile."""

from __future__ import annotations

import subprocess
import sys


def gwjwt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gwjwt", "diff-environments", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_wrong_target_file_is_told_as_by_a_run() -> None:
    found = gwjwt("no.yaml")
    assert found.returncode == 2
    assert found.stderr.endswith("gwjwt: no.yaml: file: no such file or directory\n")


def test_they_agree() -> None:
    found = gwjwt("--profile", "charm-request-auth")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "\nagree: " in f"\n{found.stdout}"
