"""docs/check.md: its commands are run, and what it shows is what they print."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml

from gwjwt.checking.findings import Kind

from .conftest import FOLDERS, run_check

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ gwjwt check (.*?)\n(.*?)```", PAGE, re.DOTALL)
EXPECTATIONS, JOB = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("arguments, shown", CONSOLE)
def test_what_is_shown_is_what_is_printed(arguments, shown):
    assert run_check(*shlex.split(arguments), cwd=ROOT).out == shown


def test_every_kind_of_finding_is_in_the_table():
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == list(get_args(Kind))


def test_the_job_works_with_the_file_of_expectations(tmp_path):
    shutil.copytree(FOLDERS / "public-prefix-too-wide", tmp_path / "policies")
    (tmp_path / "accepted.yaml").write_text(EXPECTATIONS)
    (tmp_path / "gwjwt").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gwjwt "$@"\n')
    (tmp_path / "gwjwt").chmod(0o755)
    install, command = [
        step["run"] for step in yaml.safe_load(JOB)["jobs"]["check"]["steps"] if "run" in step
    ]
    assert install == "pip install gateway-jwt-conformance"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_STEP_SUMMARY": "summary.md"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "summary.md").read_text().startswith("# 0 findings: ")
