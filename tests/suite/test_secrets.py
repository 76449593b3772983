"""No token, session or key is in anything that a run shows or writes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = re.compile(r"eyJ[\w-]+\.[\w-]*|approved-[0-9a-f]{8}|PRIVATE KEY")


@pytest.mark.parametrize("fault", [[], ["--fault", "deny-dropped"]])
def test_no_secret_is_shown_or_written(fault: list[str], tmp_path: Path) -> None:
    selected = [
        "--scenario",
        "charm-request-auth/bearer-scope",
        "--scenario",
        "charm-request-auth/validation",
    ]
    command = [sys.executable, "-m", "gwjwt", "run", *selected, *fault, "--report-dir", str(tmp_path)]
    command.append(f"--evidence={tmp_path / 'evidence.json'}")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == bool(fault), ended.stdout + ended.stderr
    texts = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert set(texts) == {
        "report.yaml", "report.json", "junit.xml", "evidence.json", "evidence.jsonl", "report.html", "summary.md",
        "cucumber-messages.ndjson",
    }  # fmt: skip
    report = json.loads(texts["report.json"])
    assert report["run"]["fault"] == (fault[1] if fault else None)
    for name, text in {**texts, "out": ended.stdout, "err": ended.stderr}.items():
        assert not SECRET.findall(text), name
    assert ("<redacted>" in ended.stdout) is bool(fault), "a failure shows its requests"
