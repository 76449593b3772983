"""The report of a real run of one profile, to be changed and verified again."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gwjwt.errors import UsageError
from gwjwt.reporting.digests import lines_digest, sealed
from gwjwt.reporting.directory import report_yaml
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.verification.verify import verify

CATALOGUE = load_catalogue()


@dataclass
class Handed:
    """A report with its evidence, as somebody hands it in."""

    report: dict
    lines: list[str]
    entries: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.entries = self.entries or [json.loads(line) for line in self.lines]

    def copy(self) -> Handed:
        return Handed(copy.deepcopy(self.report), list(self.lines), copy.deepcopy(self.entries))

    def scenario(self, ending: str = "") -> dict:
        return next(each for each in self.report["scenarios"] if each["id"].endswith(ending))

    def remade(self) -> Handed:
        """With every digest made anew, as somebody would who knows how."""
        lines = [json.dumps(entry, ensure_ascii=False) for entry in self.entries]
        report = copy.deepcopy(self.report)
        for each in report["scenarios"]:
            own = [
                line
                for line, entry in zip(lines, self.entries, strict=True)
                if entry["scenario"] == each["id"]
            ]
            each["evidence"] = {"entries": len(own), "digest": lines_digest(own)}
        return Handed(sealed(report), lines, self.entries)

    def refusals(self, folder: Path) -> list[str]:
        (folder / "report.json").write_text(json.dumps(self.report), encoding="utf-8")
        (folder / "report.yaml").write_text(report_yaml(self.report), encoding="utf-8")
        (folder / "evidence.jsonl").write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        try:
            return [str(each) for each in verify(folder, CATALOGUE).refusals]
        except UsageError as error:  # it does not even say that it is a report
            return [str(error)]


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Handed:
    folder = tmp_path_factory.mktemp("out")
    command = [sys.executable, "-m", "gwjwt", "run", "--quiet", "--profile", "istio-end-user-auth"]
    subprocess.run([*command, "--report-dir", str(folder)], check=True, capture_output=True, timeout=120)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Handed(report, (folder / "evidence.jsonl").read_text(encoding="utf-8").split("\n")[:-1])


@pytest.fixture
def handed(run: Handed) -> Handed:
    return run.copy()
