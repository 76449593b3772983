"""``gwjwt diff-environments``: the same scenarios on two environments, and what they do not agree on."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from gwjwt.differential.compare import compare
from gwjwt.differential.documents import RunEvidence, read_run
from gwjwt.differential.presentation import document, lines
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.reporting.conclusion import ExitCode
from gwjwt.running.plan import Wishes, plan_run

DEFAULT_ENVIRONMENTS = ("embedded", "local-istio")

_JUDGED = (ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT)
_RUN_SECONDS = 3600.0


@dataclass(frozen=True)
class Output:
    """Where a comparison is told, and how."""

    stream: TextIO
    progress: TextIO
    as_json: bool = False
    quiet: bool = False
    """Say nothing unless something differs."""

    def tell(self, line: str) -> None:
        if not self.quiet:
            self.progress.write(f"{line}\n")
            self.progress.flush()


def checked_environments(names: Sequence[str]) -> tuple[str, str]:
    """The two environments to compare; the default for none.

    Raises:
        UsageError: it is another number of them.
    """
    match tuple(names) or DEFAULT_ENVIRONMENTS:
        case (left, right):
            return left, right
        case _:
            raise UsageError(f"--environment: name two to compare, or none; here are {len(names)}")


def diff_environments(wishes: Wishes, environments: tuple[str, str], output: Output) -> int:
    """Run the wished scenarios on both, tell what differs, and return the exit code: 0 agree, 1 differ.

    Raises:
        UsageError: a wish or the target file is wrong.
        EnvironmentFailed: a run could not judge, so there is nothing to compare.
    """
    plans = [plan_run(replace(wishes, environment=environment)) for environment in environments]
    offered = frozenset.intersection(*(plan.profiles for plan in plans))
    wishes = replace(wishes, selection=replace(wishes.selection, profiles=tuple(sorted(offered))))
    with RunDirectory() as directory:
        left, right = (
            _run(directory, f"{number}-{environment}", replace(wishes, environment=environment), output)
            for number, environment in enumerate(environments, start=1)
        )
    comparison = compare(left, right)
    if output.as_json:
        output.stream.write(json.dumps(document(comparison), indent=2, ensure_ascii=False) + "\n")
    elif not (output.quiet and comparison.agree):
        output.stream.writelines(f"{line}\n" for line in lines(comparison))
    return 0 if comparison.agree else 1


def _run(directory: RunDirectory, name: str, wishes: Wishes, output: Output) -> RunEvidence:
    """One run, in a process of its own: pytest does not start twice in one."""
    output.tell(f"running on {wishes.environment}")
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
    single = {"environment": wishes.environment, "driver": wishes.driver}
    several = {
        "profile": wishes.selection.profiles,
        "clause": wishes.selection.clauses,
        "scenario": wishes.selection.scenarios,
    }
    arguments = [f"--{name}={value}" for name, value in single.items() if value is not None]
    arguments += [f"--{name}={value}" for name, values in several.items() for value in values]
    return [*arguments, *(["--", str(wishes.target_file)] if wishes.target_file else [])]
