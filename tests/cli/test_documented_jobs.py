"""The commands of the CI jobs in docs/gate.md, run one after the other as CI runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
GATE, GITHUB, GITLAB = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
JOBS = {
    "github": [step["run"] for step in GITHUB["jobs"]["conformance"]["steps"] if "run" in step],
    "gitlab": GITLAB["conformance"]["script"],
}


@pytest.mark.parametrize("job", JOBS)
def test_the_commands_of_a_job_work(job, suite):
    folder = suite.root.parent
    install, *commands = JOBS[job]
    assert install == "pip install gateway-jwt-conformance"
    assert len(commands) == {"github": 4, "gitlab": 3}[job]
    (folder / "gwjwt").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gwjwt "$@"\n')
    (folder / "gwjwt").chmod(0o755)
    driver = {"apiVersion": GATE["apiVersion"], "kind": "Target", "driver": {"name": "doors"}}
    (folder / "target.yaml").write_text(yaml.safe_dump({**driver, "profiles": ["doors"]}))
    (folder / "gate.yaml").write_text(yaml.safe_dump({**GATE, "expected": []}))
    assert suite.gwjwt("run", "target.yaml", "--quiet", "--report-dir", "reports/released").code == 0
    surroundings = {**suite.surroundings, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    surroundings["PATH"] = f"{folder}:{surroundings['PATH']}"
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (folder / "out" / "junit.xml").is_file()
    if job == "github":
        assert (folder / "summary.md").read_text().startswith("## Conformance: ")
