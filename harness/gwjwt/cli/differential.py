"""``gwjwt diff-environments``: the same scenarios on two environments, and what they do not agree on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from gwjwt.cli.run_apart import run_apart
from gwjwt.differential.compare import compare
from gwjwt.differential.presentation import document, lines
from gwjwt.errors import UsageError
from gwjwt.local.processes import RunDirectory
from gwjwt.running.plan import Wishes, plan_run

DEFAULT_ENVIRONMENTS = ("embedded", "local-istio")


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
            run_apart(directory, replace(wishes, environment=environment), output.tell)
            for environment in environments
        )
    comparison = compare(left, right)
    if output.as_json:
        output.stream.write(json.dumps(document(comparison), indent=2, ensure_ascii=False) + "\n")
    elif not (output.quiet and comparison.agree):
        output.stream.writelines(f"{line}\n" for line in lines(comparison))
    return 0 if comparison.agree else 1
