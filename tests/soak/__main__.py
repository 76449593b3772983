"""Runs the suite again and again, in random orders and beside other load, and prints every verdict that ever differed.

``make soak RUNS=100``. The load is one process for each core that does nothing but count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

BUSY = "while True: pass"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def load() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def verdicts(seed: int, folder: Path, options: list[str]) -> dict[str, tuple[str, str]]:
    """The verdict and its reason by scenario."""
    command = [sys.executable, "-m", "gwjwt", "run", "--quiet", "-n", "2", "--seed", str(seed)]
    ended = subprocess.run(
        [*command, "--report-dir", str(folder), *options], capture_output=True, text=True, check=False
    )
    report = folder / "report.json"
    if not report.exists():
        sys.exit(f"run {seed} has left no report:\n{ended.stdout}{ended.stderr}")
    scenarios = json.loads(report.read_text())["scenarios"]
    report.unlink()
    return {each["id"]: (each["verdict"], each["reason"]) for each in scenarios}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("options", nargs="*", help="for gwjwt run, after --")
    wanted = parser.parse_args()
    differed = 0
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        for _ in range(os.cpu_count() or 1):
            running.enter_context(load())
        first = verdicts(0, folder, wanted.options)
        for seed in range(1, wanted.runs):
            for scenario, (verdict, reason) in sorted(verdicts(seed, folder, wanted.options).items()):
                if verdict != first[scenario][0]:
                    differed += 1
                    say(f"seed {seed}: {scenario}: {verdict}, not {first[scenario][0]}: {reason}")
    say(
        f"{wanted.runs} runs of {len(first)} scenarios, {differed} verdicts that differed from the first run's"
    )
    return 1 if differed else 0


if __name__ == "__main__":
    sys.exit(main())
