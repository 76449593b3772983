"""The commands below ``gwjwt faults``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gwjwt.cli import options

_EXAMPLES = """\b
Examples:
  gwjwt faults list                           every wrong implementation, with what it violates
  gwjwt faults list --uncovered               clauses that none of them violates, and why
  gwjwt faults run --report-dir out           which scenario catches which
  gwjwt faults run clock-ignored --thorough   one of them, with every scenario of its profiles
  gwjwt run --fault clock-ignored             what a user of it would see
"""

faults = typer.Typer(
    help="Wrong implementations that the suite is tested with.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@faults.command("list")
def list_faults(
    *,
    profile: options.Profiles = None,
    uncovered: Annotated[
        bool,
        typer.Option(
            "--uncovered", help="Instead, the core and extended clauses that no fault violates, and why."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """List the faults, with their level and the clauses that each violates.

    Exit: 0, or with --uncovered 1 if a clause has neither a fault nor a reason, 2 bad usage.
    """
    from gwjwt.cli.faults import write_faults, write_uncovered

    if uncovered:
        raise typer.Exit(write_uncovered(sys.stdout, profile or (), as_json=as_json))
    write_faults(sys.stdout, profile or (), as_json=as_json)


@faults.command("explain")
def explain_fault(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A fault.")], *, as_json: options.Json = False
) -> None:
    """Tell what a fault does, what it violates, and which scenarios have to notice it."""
    from gwjwt.cli.faults import write_fault

    write_fault(name, sys.stdout, as_json=as_json)


@faults.command("run")
def run_faults(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these; default: all.")
    ] = None,
    *,
    profile: options.Profiles = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="With every scenario, not only those of violated clauses.")
    ] = False,
    workers: Annotated[
        str, typer.Option("-n", metavar="N", help="Processes to run in: 0 is this one, auto is one per core.")
    ] = "auto",
    report_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write faults.json, faults.md and faults.html there."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless a fault survives.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Run the scenarios against wrong implementations, and show which catches which.

    Exit: 0 all faults are killed, 1 some survive, 2 bad usage, 3 not everything could be judged.
    """
    from gwjwt.cli.faults import MatrixOptions, run_matrix
    from gwjwt.cli.run import checked_workers

    how = MatrixOptions(
        workers=checked_workers(workers),
        thorough=thorough,
        report_dir=report_dir,
        quiet=quiet,
        as_json=as_json,
    )
    raise typer.Exit(run_matrix(names or (), profile or (), how))
