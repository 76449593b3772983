"""The command on a charm, as its author runs it, and copies of charms with something changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gwjwt.drivers.charm.driver import REFERENCE

FOREIGN = Path(__file__).with_name("foreign")


@dataclass(frozen=True)
class Outcome:
    """What the command left behind."""

    code: int
    report: dict | None
    text: str
    evidence: dict

    @property
    def verdicts(self) -> dict[str, str]:
        assert self.report, self.text
        return {each["id"]: each["verdict"] for each in self.report["scenarios"]}

    @property
    def reasons(self) -> str:
        assert self.report, self.text
        return "\n".join(each["reason"] for each in self.report["scenarios"])


@pytest.fixture
def judge(tmp_path) -> Callable[..., Outcome]:
    def run(*arguments: str | Path) -> Outcome:
        evidence = tmp_path / "evidence.json"
        command = [sys.executable, "-m", "gwjwt", "run", "--json", "--evidence", evidence, *arguments]
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=180, check=False
        )
        report = json.loads(done.stdout) if done.stdout else None
        kept = json.loads(evidence.read_text()) if evidence.exists() else {}
        return Outcome(done.returncode, report, done.stderr, kept)

    return run


@pytest.fixture
def charm_with(tmp_path) -> Callable[..., Path]:
    """A copy of a charm, by default the reference, in which a piece of one file stands for another."""

    def make(file: str, old: str, new: str, source: Path = REFERENCE) -> Path:
        copy = tmp_path / "charm"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        text = (copy / file).read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        (copy / file).write_text(text.replace(old, new))
        return copy

    return make
