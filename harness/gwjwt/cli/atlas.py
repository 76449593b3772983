"""``gwjwt atlas``: the rows of the token atlas on one environment or several, as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TextIO

from gwjwt.atlas.register import load_atlas
from gwjwt.atlas.table import AGAINST, AtlasRun, as_document, as_markdown, as_text, missing, runs_of
from gwjwt.cli.run_apart import run_apart
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.processes import RunDirectory
from gwjwt.running.plan import Wishes, plan_run
from gwjwt.specification.features import ON_DEMAND
from gwjwt.specification.selection import Selection

Format = Literal["text", "json", "markdown"]


def write_atlas(
    wishes: Wishes,
    environments: Sequence[str],
    stream: TextIO,
    tell: Callable[[str], None],
    shape: Format = "text",
) -> int:
    """Run every row on each environment, write the table, and return the exit code: 1 if a judged row did not pass.

    Args:
        wishes: what to test; of its selection, the profiles count.
        environments: where; none for the target's own.
        stream: where the table goes.
        tell: takes a line about what is going on.
        shape: of the table.

    Raises:
        UsageError: a wish or the target file is wrong, or the target has no profile with an atlas.
        EnvironmentFailed: a run could not judge, or said nothing of a row.
    """
    wishes = replace(wishes, selection=Selection(wishes.selection.profiles, levels=(ON_DEMAND,)))
    plan = plan_run(wishes)
    asked = [replace(wishes, environment=each) for each in environments or (plan.target.environment,)]
    for each in asked:
        _require_rows(each)
    atlas = load_atlas(plan.catalogue.root)
    runs: list[AtlasRun] = []
    with RunDirectory() as directory:
        for each in asked:
            run = run_apart(directory, each, tell)
            runs += runs_of(run.environment, {name: found.entries for name, found in run.scenarios.items()})
    if unsaid := missing(atlas, runs):
        raise EnvironmentFailed("the token atlas", f"nothing is known of {unsaid[0]}")
    if shape == "json":
        stream.write(json.dumps(as_document(atlas, runs), indent=2, ensure_ascii=False) + "\n")
    else:
        stream.write((as_markdown if shape == "markdown" else as_text)(atlas, runs))
    return int(any(found.verdict in AGAINST for run in runs for found in run.findings.values()))


def _require_rows(wishes: Wishes) -> None:
    plan = plan_run(wishes)
    if not any(plan.takes(each) and not plan.unsupported(each) for each in plan.catalogue.scenarios):
        known = sorted({each.profile for each in plan.catalogue.scenarios if each.on_demand})
        place = plan.target.environment
        raise UsageError(
            f"the target has no profile with a token atlas on {place} (there is one for: {', '.join(known)})"
        )
