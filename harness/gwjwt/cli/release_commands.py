"""The commands for reports that others rely on: ``verify``, ``publish``, ``diff``, ``schema``, and ``gate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gwjwt.cli import options

VERIFY_EXAMPLES = """\b
Example:
  gwjwt run target.yaml --report-dir out && gwjwt verify out
"""

gate = typer.Typer(
    help="Gate files: what a release may not pass, and why.", no_args_is_help=True, rich_markup_mode=None
)


def verify(
    path: Annotated[Path, typer.Argument(metavar="REPORT_OR_DIR", help="A report, or the folder it is in.")],
    *,
    as_json: options.Json = False,
) -> None:
    """Judge a report's evidence again, and refuse what is not a full, honest run.

    Exit: 0 verified, 1 refused, 2 no report.
    """
    from gwjwt.cli.verify import verify_report

    raise typer.Exit(verify_report(path, sys.stdout, as_json=as_json))


def publish(
    path: Annotated[
        Path, typer.Argument(metavar="REPORT_OR_DIR", help="What `gwjwt run --report-dir` made.")
    ],
    reports: Annotated[Path, typer.Argument(metavar="REPORTS", help="The folder of all reports.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the report that is there.")] = False,
) -> None:
    """Put a report in its place, REPORTS/implementation/version/environment, if it can be verified.

    Exit: 0 published, 1 refused, 2 no report, or it cannot be put there.
    """
    from gwjwt.cli.releases import publish_report

    raise typer.Exit(publish_report(path, reports, sys.stdout, force=force))


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A report, or the folder it is in.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later one.")],
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="text, markdown or json.")] = "text",
) -> None:
    """Tell what got worse and better from one report to another, what is new and what is gone.

    Exit: 0 nothing got worse, 1 something got worse, is gone, or is new and does not pass, 2 no report.
    """
    from gwjwt.cli.releases import diff_reports

    raise typer.Exit(diff_reports(old, new, form, sys.stdout))


@gate.command("init")
def gate_init(
    report: Annotated[Path, typer.Argument(metavar="REPORT_OR_DIR", help="What is expected from now on.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("gate.yaml"),
) -> None:
    """Write a gate file that expects what a report shows. An existing file is left alone."""
    from gwjwt.cli.releases import write_gate

    write_gate(report, file, sys.stdout)


def schema() -> None:
    """Print the JSON schema of conformance reports."""
    import json

    from gwjwt.reporting.document import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
