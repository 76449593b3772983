"""All commands. A command imports what it needs when it runs, so ``--help`` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gwjwt.cli import check_commands, cluster_commands, options, release_commands, run_commands
from gwjwt.cli.fault_commands import faults
from gwjwt.cli.istio_commands import istio
from gwjwt.cli.list_commands import listing
from gwjwt.cli.report_commands import report

_DOCS = """\b
Examples:
  gwjwt docs && xdg-open site/index.html
  gwjwt docs --output public --reports reports --faults faults/faults.json
"""

_EXPLAIN = """\b
Examples:
  gwjwt explain CHARM-DENY-02
  gwjwt explain charm-request-auth/naming
"""

_START = """\b
Start here:
  gwjwt doctor            can a run work on this machine?
  gwjwt run               test the bundled reference
  gwjwt init target.yaml  then describe your own implementation and run it
"""

app = typer.Typer(
    name="gwjwt",
    help="Conformance suite for JWT request authentication at gateways.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=_START,
)
app.command(epilog=run_commands.RUN_EXAMPLES)(run_commands.run)
app.command("diff-environments", epilog=run_commands.DIFF_EXAMPLES)(run_commands.diff_environments)
app.command("atlas", epilog=run_commands.ATLAS_EXAMPLES)(run_commands.token_atlas)
app.command(epilog=check_commands.EXAMPLES)(check_commands.check)
app.command(epilog=release_commands.VERIFY_EXAMPLES)(release_commands.verify)
app.command()(release_commands.publish)
app.command()(release_commands.diff)
app.command()(release_commands.schema)
app.add_typer(release_commands.gate, name="gate")
app.add_typer(report, name="report")
app.add_typer(faults, name="faults")
app.add_typer(istio, name="istio")
app.add_typer(listing, name="list")
app.command(epilog=cluster_commands.RBAC)(cluster_commands.rbac)
app.command(epilog=cluster_commands.CLEAN)(cluster_commands.clean)


def _print_version(asked: bool) -> None:
    if asked:
        from gwjwt import __version__  # see the module's docstring

        sys.stdout.write(f"gwjwt {__version__}\n")
        raise typer.Exit


@app.callback()
def gwjwt(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Conformance suite for JWT request authentication at gateways."""


@app.command(epilog=_DOCS)
def docs(
    *,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Where the site goes.")] = Path("site"),
    reports: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The published reports; default: those of the checkout."),
    ] = None,
    faults_file: Annotated[
        Path | None,
        typer.Option("--faults", metavar="FILE", help="What `gwjwt faults run --json` says: who was caught."),
    ] = None,
    atlas: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `gwjwt atlas --format json` says of your implementation."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing.")] = False,
) -> None:
    """Write the expected behaviour as a web site: features, clauses, faults, published reports and documents.

    Its pages work from the folder, without a server. Exit: 0 written, 2 something cannot be read or written.
    """
    from gwjwt.cli.docs import write_docs
    from gwjwt.site.book import Sources

    write_docs(output, Sources(reports, faults_file, atlas), sys.stdout, quiet=quiet)


@app.command(epilog=_EXPLAIN)
def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help="A clause or a scenario.")],
    *,
    as_json: options.Json = False,
) -> None:
    """Tell what a clause states or what a scenario does, where that comes from, and how it is observed."""
    from gwjwt.cli.explain import write_explanation

    write_explanation(name, sys.stdout, as_json=as_json)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("target.yaml"),
) -> None:
    """Write a commented target file to start from. An existing file is left alone."""
    from gwjwt.cli.init import write_target_file

    write_target_file(file, sys.stdout)


@app.command()
def doctor(*, as_json: options.Json = False) -> None:
    """Check what a run needs on this machine. Exit 3 if a run cannot work."""
    from gwjwt.cli.doctor import diagnose

    raise typer.Exit(diagnose(sys.stdout, as_json=as_json))


@app.command()
def lint(*, as_json: options.Json = False) -> None:
    """Check the suite itself without running it. Exit 1 if something is wrong."""
    from gwjwt.cli.lint import write_findings

    raise typer.Exit(write_findings(sys.stdout, as_json=as_json))
