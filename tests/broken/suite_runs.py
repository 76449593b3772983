"""Runs of the suite in a broken place, and what is wrong with their verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from breakages import BREAKAGES, WHOLE

from gwjwt.specification.catalogue import load_catalogue

Verdicts = Mapping[str, str]
Uses = Mapping[str, set[str]]


def verdicts_in(breakage: str, folder: Path, *options: str) -> Verdicts:
    """The verdict on each scenario by its id. Its uses are left in the folder when nothing is broken."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "GWJWT_BREAKAGE": breakage,
        "PYTHONPATH": str(Path(__file__).parent),
        "GWJWT_USES": str(folder / "uses.jsonl"),
    }
    command = [sys.executable, "-m", "pytest", "-p", "breakages", "steps", "-q", *options]
    ended = subprocess.run(
        [*command, "--gwjwt-report-dir", str(folder)],
        cwd=load_catalogue().root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in {0, 1}, ended.stdout + ended.stderr
    report = json.loads((folder / "report.json").read_text())
    return {each["id"]: each["verdict"] for each in report["scenarios"]}


def uses_when_whole(folder: Path, *options: str) -> tuple[Verdicts, Uses]:
    verdicts = verdicts_in(WHOLE, folder, *options)
    lines = (folder / "uses.jsonl").read_text().splitlines()
    return verdicts, {each["scenario"]: set(each["uses"]) for each in map(json.loads, lines)}


def affected(breakage: str, uses: Uses) -> set[str]:
    """The scenarios that depend on what is broken."""
    return {scenario for scenario, parts in uses.items() if BREAKAGES[breakage].parts <= parts}


def untrue(breakage: str, verdicts: Verdicts, uses: Uses) -> list[str]:
    """The affected scenarios whose verdict is not one of those that are right then."""
    right = BREAKAGES[breakage].right
    return sorted(
        f"{verdicts[each]} {each}" for each in affected(breakage, uses) if verdicts[each] not in right
    )


def row(breakage: str, verdicts: Verdicts, uses: Uses) -> Sequence[str]:
    touched = affected(breakage, uses)
    counts = Counter(verdicts[each] for each in touched)
    return (breakage, str(len(touched)), ", ".join(f"{counts[name]} {name}" for name in sorted(counts)))
