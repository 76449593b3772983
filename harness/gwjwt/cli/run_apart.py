"""A run in a process of its own, for commands that need what it saw: pytest does not start twice in one."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from gwjwt.differential.documents import RunEvidence, read_run
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.reporting.conclusion import ExitCode
from gwjwt.running.plan import Wishes

_JUDGED = (ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT)
_RUN_SECONDS = 3600.0
_NUMBERS = itertools.count(1)


def run_apart(directory: RunDirectory, wishes: Wishes, tell: Callable[[str], None]) -> RunEvidence:
    """Run the wished scenarios on the wished environment, and return what they saw.

    Raises:
        UsageError: a wish or the target file is wrong.
        EnvironmentFailed: the run could not judge.
    """
    tell(f"running on {wishes.environment}")
    name = f"{next(_NUMBERS)}-{wishes.environment}"
    file = directory.path / f"{name}.json"
    command = [
        sys.executable,
        "-P",
        "-m",
        "gwjwt",
        "run",
        "--quiet",
        f"--evidence={file}",
        *_arguments(wishes),
    ]
    with directory.start(f"run-{name}", command, cwd=Path.cwd()) as run:
        if not run.ended_within(_RUN_SECONDS):
            raise EnvironmentFailed(
                f"the run on {wishes.environment}", f"takes longer than {_RUN_SECONDS:g} s"
            )
    _require_judged(run, str(wishes.environment))
    evidence = read_run(file.read_text(encoding="utf-8"))
    if not evidence.whole:
        raise EnvironmentFailed(
            f"the run on {wishes.environment}", "ended early", "\n".join(evidence.problems)
        )
    return evidence


def _require_judged(run: Supervised, environment: str) -> None:
    if run.exit_code == ExitCode.BAD_USAGE:
        raise UsageError(run.last_lines(1).removeprefix("gwjwt: "))
    if run.exit_code not in _JUDGED:
        raise EnvironmentFailed(f"the run on {environment}", "nothing could be judged", run.last_lines())


def _arguments(wishes: Wishes) -> list[str]:
    """The wishes as the command line of ``gwjwt run`` has them."""
    single = {"environment": wishes.environment, "driver": wishes.driver, "fault": wishes.fault}
    several = {
        "profile": wishes.selection.profiles,
        "level": wishes.selection.levels,
        "clause": wishes.selection.clauses,
        "scenario": wishes.selection.scenarios,
    }
    arguments = [f"--{name}={value}" for name, value in single.items() if value is not None]
    arguments += [f"--{name}={value}" for name, values in several.items() for value in values]
    return [*arguments, *(["--", str(wishes.target_file)] if wishes.target_file else [])]
