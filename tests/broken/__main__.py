"""Runs the whole suite in each broken place and prints a table of the verdicts; fails if one of them is untrue."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from breakages import BREAKAGES, WHOLE
from suite_runs import row, untrue, uses_when_whole, verdicts_in


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    complaints = []
    say("| broken | scenarios that depend on it | their verdicts |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        verdicts, uses = uses_when_whole(Path(folder, WHOLE), "-n", "2")
        for breakage in BREAKAGES:
            if breakage != WHOLE:
                verdicts = verdicts_in(breakage, Path(folder, breakage), "-n", "2")
            say(f"| {' | '.join(row(breakage, verdicts, uses))} |")
            complaints += [f"{breakage}: {each}" for each in untrue(breakage, verdicts, uses)]
    for complaint in complaints:
        say(f"untrue: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
