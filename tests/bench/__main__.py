"""What a run's time goes to, as JSON on standard output: ``make bench``.

Absolute seconds drift with the machine, by a factor of two on a shared one, so each figure also comes as a ratio to a
unit of work that is measured again before each run: an interpreter that imports what every run needs. Nothing here
passes or fails.
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
from pathlib import Path
from typing import Any

from gwjwt.specification.root import suite_root

ROUNDS = 5
UNIT = "import pytest_bdd, kubernetes.client, aiohttp, grpc, httpx, pydantic, jwt"


def seconds_of_unit() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", UNIT], check=True)
    return time.perf_counter() - begun


def run(*arguments: str, suite: Path | None = None) -> dict[str, Any]:
    """One run: seconds to the first verdict and to the end of the command, and what the scenarios' seconds went to."""
    environment = {**os.environ, **({"GWJWT_SUITE_ROOT": str(suite)} if suite else {})}
    with tempfile.TemporaryDirectory() as folder:
        timings = Path(folder) / "timings.json"
        command = [sys.executable, "-m", "gwjwt", "run", "--timings", str(timings), *arguments]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        first = None
        for line in process.stdout:
            if first is None and line.startswith("passed "):
                first = time.perf_counter() - begun
        process.wait()
        whole = time.perf_counter() - begun
        if process.returncode != 0 or first is None:
            sys.exit(f"the run did not pass (exit code {process.returncode}): {' '.join(command)}")
        spent = json.loads(timings.read_text())
    return {
        "firstVerdict": first,
        "whole": whole,
        "scenarios": spent["scenarioCount"],
        "phases": {**spent["phases"], "outsideOfScenarios": max(whole - sum(spent["phases"].values()), 0.0)},
    }


def measure(*arguments: str, suite: Path | None = None) -> dict[str, Any]:
    """The medians of some runs: in seconds, in units, and by phase."""
    units, runs = [], []
    for _ in range(ROUNDS):
        units.append(seconds_of_unit())
        runs.append(run(*arguments, suite=suite))
    names = sorted({name for each in runs for name in each["phases"]})
    figures = ("firstVerdict", "whole")
    return {
        "scenarios": runs[0]["scenarios"],
        "seconds": {key: round(statistics.median(each[key] for each in runs), 2) for key in figures},
        "fastest": {key: round(min(each[key] for each in runs), 2) for key in figures},
        "inUnits": {
            key: round(statistics.median(each[key] / u for each, u in zip(runs, units, strict=True)), 2)
            for key in figures
        },
        "unitSeconds": round(statistics.median(units), 3),
        "secondsByPhase": {
            name: round(statistics.median(each["phases"].get(name, 0.0) for each in runs), 2)
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
    once = measure()
    parallel = measure("-n", "2")
    with tempfile.TemporaryDirectory() as folder:
        twice = measure(suite=doubled(suite_root(), Path(folder)))
    result = {
        "unit": f"python -c '{UNIT}'",
        "inOneProcess": once,
        "inTwoWorkers": parallel,
        "everyScenarioTwice": twice,
        "ratioTwiceToOnce": round(twice["inUnits"]["whole"] / once["inUnits"]["whole"], 2),
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
