"""``gwjwt faults``: the catalogue of wrong implementations, and the matrix of what catches them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from gwjwt.cli.run import RunOptions, pytest_arguments, pytest_on_its_own, terminated_like_interrupted
from gwjwt.errors import EnvironmentFailed
from gwjwt.faults.catalogue import CataloguedFault, catalogue, fault_named, uncovered
from gwjwt.faults.matrix import KillMatrix, Outcome, finished
from gwjwt.faults.presentation import as_document, as_text, write_matrix
from gwjwt.faults.progress import matrix_progress
from gwjwt.pytest_plugin import PLAN
from gwjwt.running.fault_runs import OutcomeListener, faulty_runs
from gwjwt.running.plan import RunPlan, Wishes, plan_run
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.specification.selection import Selection


@dataclass(frozen=True)
class MatrixOptions:
    """How to run and what to show."""

    workers: str = "auto"
    thorough: bool = False
    report_dir: Path | None = None
    quiet: bool = False
    as_json: bool = False


def chosen_faults(names: Sequence[str], profiles: Sequence[str]) -> list[CataloguedFault]:
    """The faults of these names, or all, that violate a clause of one of these profiles, or of any.

    Raises:
        UsageError: there is no such fault or profile.
    """
    register = load_catalogue()
    register.require_profiles(profiles)
    found = [fault_named(name) for name in names] if names else list(catalogue().values())
    return [
        fault
        for fault in found
        if not profiles or {register.clauses[each].profile for each in fault.clauses} & set(profiles)
    ]


def write_faults(stream: TextIO, profiles: Sequence[str], *, as_json: bool) -> None:
    found = chosen_faults((), profiles)
    if as_json:
        stream.write(json.dumps([_facts(each) for each in found], indent=2, ensure_ascii=False) + "\n")
        return
    stream.writelines(
        f"{each.name}\t{each.level}\t{' '.join(each.clauses)}\t{each.summary}{_equivalence(each)}\n"
        for each in found
    )


def write_uncovered(stream: TextIO, profiles: Sequence[str], *, as_json: bool) -> int:
    """Clauses that no fault violates, each with the reason; the exit code is 1 if one has none.

    Raises:
        UsageError: there is no such profile.
    """
    register = load_catalogue()
    register.require_profiles(profiles)
    asked = [each for each in register.clauses.values() if not profiles or each.profile in profiles]
    found = uncovered(asked)
    if as_json:
        stream.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    else:
        stream.writelines(f"{clause}\t{reason or 'a hole: no fault'}\n" for clause, reason in found.items())
    return 0 if all(found.values()) else 1


def write_fault(name: str, stream: TextIO, *, as_json: bool) -> None:
    """All that is known of a fault.

    Raises:
        UsageError: there is none of this name.
    """
    fault, register = fault_named(name), load_catalogue()
    noticing = [
        each.id
        for each in register.scenarios
        if not each.on_demand and set(fault.clauses) & set(each.clauses)
    ]
    if as_json:
        facts = {**_facts(fault), "scenarios": noticing}
        stream.write(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
        return
    stream.write(f"{fault.name} ({fault.level}): {fault.summary}\n")
    if fault.equivalent:
        stream.write(f"nobody can tell it from a right one: {fault.equivalent}\n")
    if fault.odds:
        stream.write(f"by chance it goes unnoticed: {fault.odds}\n")
    stream.write(f"given away by the verdict {fault.seen_as}\n\nviolates:\n")
    stream.writelines(f"  {each}: {register.clauses[each].statement}\n" for each in fault.clauses)
    stream.write("\nto be noticed by one of:\n")
    stream.writelines(f"  {each}\n" for each in noticing)
    stream.write(f"\ntry it: gwjwt run --fault {fault.name}\n")


def run_matrix(names: Sequence[str], profiles: Sequence[str], options: MatrixOptions) -> int:
    """Make the runs, show and write the matrix, and return the exit code.

    Raises:
        UsageError: a name is wrong, or the folder cannot be made.
        EnvironmentFailed: pytest could not run.
    """
    began = time.perf_counter()
    faults = chosen_faults(names, profiles)
    wishes = Wishes(selection=Selection(profiles=tuple(profiles)))
    plan = plan_run(wishes)
    planned = faulty_runs(plan, faults, thorough=options.thorough)
    outcomes = _outcomes(plan, wishes, faults, planned, options)
    unmade = len(planned) - len(outcomes)
    judged = [each for each in plan.catalogue.scenarios if plan.takes(each) and not plan.unsupported(each)]
    matrix = KillMatrix(
        faults=finished(faults, planned, outcomes),
        scenarios=judged,
        clauses=list(plan.catalogue.clauses.values()),
        outcomes=outcomes,
        whole=not (names or unmade),
        unmade=unmade,
        duration=time.perf_counter() - began,
    )
    if options.report_dir is not None:
        write_matrix(options.report_dir, matrix)
    if options.as_json:
        sys.stdout.write(json.dumps(as_document(matrix), indent=2, ensure_ascii=False) + "\n")
    elif matrix.survivors or unmade or not options.quiet:
        sys.stdout.write(as_text(matrix))
    return exit_code(matrix)


def exit_code(matrix: KillMatrix) -> int:
    """1 if a fault survives, 3 if something else kept a scenario from being judged, else 0; as of ``gwjwt run``."""
    if matrix.survivors:
        return 1
    return 3 if matrix.unmade or any(row.unjudged for row in matrix.rows) else 0


def _outcomes(
    plan: RunPlan,
    wishes: Wishes,
    faults: Sequence[CataloguedFault],
    planned: Sequence[tuple[str, str]],
    options: MatrixOptions,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    arguments = pytest_arguments(plan, wishes, RunOptions(workers=options.workers))
    arguments += [f"--gwjwt-under-fault={fault.name}" for fault in faults]
    if options.thorough:
        arguments.append("--gwjwt-thorough")
    if options.workers != "0":
        arguments.append("--dist=loadgroup")
    stream = sys.stderr if options.as_json else sys.stdout
    with matrix_progress(stream, planned, quiet=options.quiet) as progress:

        def tell(outcome: Outcome) -> None:
            outcomes.append(outcome)
            progress(outcome)

        with pytest_on_its_own(), terminated_like_interrupted():
            ended = pytest.main(arguments, plugins=[_Listening(plan, OutcomeListener(tell))])
    missing = len(planned) - len(outcomes)
    if missing and ended != pytest.ExitCode.INTERRUPTED:
        cause = (
            f"{missing} of {len(planned)} runs were not made; pytest ended with {pytest.ExitCode(ended).name}"
        )
        raise EnvironmentFailed("the kill matrix", cause)
    return outcomes


class _Listening:
    """A pytest plugin: brings the plan along, and the listener."""

    def __init__(self, plan: RunPlan, listener: OutcomeListener) -> None:
        self._plan, self._listener = plan, listener

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[PLAN] = self._plan
        config.pluginmanager.register(self._listener, "gwjwt-outcomes")


def _equivalence(fault: CataloguedFault) -> str:
    return f" (equivalent: {fault.equivalent})" if fault.equivalent else ""


def _facts(fault: CataloguedFault) -> dict[str, object]:
    return {
        "name": fault.name,
        "level": fault.level,
        "summary": fault.summary,
        "clauses": list(fault.clauses),
        "seenAs": str(fault.seen_as),
        "equivalent": fault.equivalent,
        "odds": fault.odds,
    }
