"""What a run's time goes to, as JSON on standard output: ``make bench``.

Absolute seconds depend on the machine, so each figure also comes as a ratio to a unit of work that is measured in the
same run: starting an interpreter that imports what every run needs. Nothing here passes or fails.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gwjwt.specification.root import suite_root

ROUNDS = 3
UNIT = "import pytest_bdd, kubernetes.client, aiohttp, grpc, httpx, pydantic, jwt"


def seconds_of_unit() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", UNIT], check=True)
    return time.perf_counter() - begun


def run(*arguments: str, suite: Path | None = None) -> dict[str, Any]:
    """One run: seconds to the first verdict and to the end, how many scenarios, and the seconds by phase."""
    environment = {**os.environ, **({"GWJWT_SUITE_ROOT": str(suite)} if suite else {})}
    with tempfile.TemporaryDirectory() as reports:
        command = [sys.executable, "-m", "gwjwt", "run", "--report-dir", reports, *arguments]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        first = None
        for line in process.stdout:
            if first is None and "passed" in line:
                first = time.perf_counter() - begun
        process.wait()
        whole = time.perf_counter() - begun
        report = json.loads((Path(reports) / "report.json").read_text())
    if process.returncode != 0 or first is None:
        sys.exit(f"the run did not pass (exit code {process.returncode}): {' '.join(command)}")
    return {
        "firstVerdict": first,
        "whole": whole,
        "scenarios": len(report["scenarios"]),
        "phases": phases(report),
    }


def phases(report: Mapping[str, Any]) -> dict[str, float]:
    total: dict[str, float] = {}
    for scenario in report["scenarios"]:
        for phase, seconds in scenario.get("timings", {}).items():
            total[phase] = total.get(phase, 0.0) + seconds
    return total


def median(runs: list[dict[str, Any]], unit: float) -> dict[str, Any]:
    middle = {key: statistics.median(each[key] for each in runs) for key in ("firstVerdict", "whole")}
    names = sorted({name for each in runs for name in each["phases"]})
    return {
        "scenarios": runs[0]["scenarios"],
        "seconds": {key: round(value, 3) for key, value in middle.items()},
        "inUnits": {key: round(value / unit, 2) for key, value in middle.items()},
        "secondsByPhase": {
            name: round(statistics.median(each["phases"].get(name, 0.0) for each in runs), 3)
            for name in names
        },
    }


def doubled(root: Path, folder: Path) -> Path:
    """A suite with every scenario twice."""
    for part in ("features", "steps"):
        shutil.copytree(root / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for feature in sorted((folder / "features").glob("*/*.feature")):
        shutil.copyfile(feature, feature.with_name(f"again-{feature.name}"))
    return folder


def main() -> None:
    unit = statistics.median(seconds_of_unit() for _ in range(ROUNDS))
    once = median([run() for _ in range(ROUNDS)], unit)
    parallel = median([run("-n", "2") for _ in range(ROUNDS)], unit)
    with tempfile.TemporaryDirectory() as folder:
        suite = doubled(suite_root(), Path(folder))
        twice = median([run(suite=suite) for _ in range(ROUNDS)], unit)
    result = {
        "unit": {"what": f"python -c '{UNIT}'", "seconds": round(unit, 3)},
        "inOneProcess": once,
        "inTwoWorkers": parallel,
        "everyScenarioTwice": twice,
        "ratioTwiceToOnce": round(twice["seconds"]["whole"] / once["seconds"]["whole"], 2),
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
