"""The commands below ``gwjwt report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

_EXAMPLES = """\b
Examples:
  gwjwt report html out                              out/report.html, made again
  gwjwt report html out --faults out/faults.json     with the kill matrix of gwjwt faults run
  gwjwt report summary out >> "$GITHUB_STEP_SUMMARY"
"""

report = typer.Typer(
    help="A report that is there, in the forms that people read.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Report = Annotated[Path, typer.Argument(metavar="REPORT_OR_DIR", help="A report, or the folder it is in.")]


@report.command("html")
def html(
    path: _Report,
    *,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A faults.json, to show its kill matrix too.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: report.html beside it.")
    ] = None,
) -> None:
    """Make one page of a report and its evidence, which needs nothing beside it.

    Exit: 0 made, 2 no report.
    """
    from gwjwt.cli.reports import write_page

    write_page(path, faults, output, sys.stdout)


@report.command("summary")
def summary(path: _Report) -> None:
    """Print a report as Markdown, for the summary of a CI job.

    Exit: 0 printed, 2 no report.
    """
    from gwjwt.cli.reports import write_markdown

    write_markdown(path, sys.stdout)
