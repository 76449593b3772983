"""The published token atlas is what becomes of its rows, on the embedded environment and on a real Istio."""

from __future__ import annotations

import subprocess
import sys

from gwjwt.specification.root import suite_root


def test_the_published_table_is_that_of_both() -> None:
    command = [sys.executable, "-m", "gwjwt", "atlas", "--quiet", "--format", "markdown"]
    command += ["--environment", "embedded", "--environment", "local-istio"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout == (suite_root() / "docs" / "token-atlas.md").read_text(encoding="utf-8")
