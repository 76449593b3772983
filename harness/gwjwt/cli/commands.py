"""The commands and their options. A command imports what it needs when it runs, so ``--help`` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gwjwt.cli import check_commands, cluster_commands, options
from gwjwt.cli.fault_commands import faults
from gwjwt.cli.report_commands import report

_RUN = """\b
Examples:
  gwjwt run                                     the bundled reference
  gwjwt run target.yaml --report-dir out        your implementation, with reports
  gwjwt run target.yaml --clause CHARM-DENY-02  one behaviour of it
  gwjwt run --fault deny-dropped                see the suite fail
  gwjwt run --charm ./my-charm                  an ingress charm's source, without Juju
  gwjwt run --environment local-istio           on a real Istio (see gwjwt istio --help)
  gwjwt run --istio-version 1.24.0              on another release of it
  gwjwt run --environment cluster --kubeconfig K --context C   in a cluster (docs/clusters.md)
"""

_DIFF = """\b
Examples:
  gwjwt diff-environments                                     the bundled reference, embedded and local-istio
  gwjwt diff-environments target.yaml --clause CHARM-DENY-02  one behaviour of your implementation
  gwjwt diff-environments --driver manifests --json           with another driver, for a program
"""

_ATLAS = """\b
Examples:
  gwjwt atlas                                                the bundled reference, on the embedded environment
  gwjwt atlas target.yaml --profile charm-request-auth       your implementation
  gwjwt atlas --environment embedded --environment local-istio --format markdown
"""

_VERIFY = """\b
Example:
  gwjwt run target.yaml --report-dir out && gwjwt verify out
"""

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

_LIST = """\b
Example:
  gwjwt list scenarios --profile charm-request-auth
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
listing = typer.Typer(
    help="List what the suite states.", epilog=_LIST, no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(listing, name="list")
istio = typer.Typer(
    help="A real Istio on loopback, for the environment local-istio and for work by hand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(istio, name="istio")
app.add_typer(faults, name="faults")
app.add_typer(report, name="report")
app.command(epilog=check_commands.EXAMPLES)(check_commands.check)
gate = typer.Typer(
    help="Gate files: what a release may not pass, and why.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(gate, name="gate")
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


@app.command(epilog=_RUN)
def run(  # noqa: PLR0913  # one parameter is one option of the command
    *,
    target: options.Target = None,
    environment: Annotated[str | None, typer.Option(metavar="KIND", help="Where to run.")] = None,
    istio_version: options.IstioVersion = None,
    istio_debounce: options.IstioDebounce = None,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    driver: options.Driver = None,
    charm: options.Charm = None,
    interpreter: options.Interpreter = None,
    make_interpreter: options.MakeInterpreter = False,
    juju_model: options.JujuModel = None,
    profile: options.Profiles = None,
    level: options.Levels = None,
    clause: options.Clauses = None,
    scenario: options.Scenarios = None,
    workers: Annotated[
        str, typer.Option("-n", metavar="N", help="Processes to run in: 0 is this one, auto is one per core.")
    ] = "0",
    report_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the report there: for people, for programs, with its evidence."
        ),
    ] = None,
    gate_file: Annotated[
        Path | None,
        typer.Option("--gate", metavar="FILE", help="Fail on what this file does not expect (docs/gate.md)."),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first scenario that fails.")
    ] = False,
    fault: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Have the reference make this mistake, to see it caught."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Run in the random order of this seed.")
    ] = None,
    timings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there, as JSON, what each second went to.")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write there, as JSON, what each scenario saw of its requests."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless something did not pass.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report on standard output, the rest on error.")
    ] = False,
) -> None:
    """Test an implementation. Exit: 0 conformant, 1 not conformant, 2 bad usage, 3 nothing could be judged."""
    from gwjwt.cli.clusters import cluster_options
    from gwjwt.cli.run import RunOptions, charm_options, checked_workers, istio_options, run_suite
    from gwjwt.running.plan import Wishes
    from gwjwt.specification.selection import Selection

    of_istio = istio_options(istio_version, istio_debounce, environment)
    of_cluster = cluster_options(kubeconfig, context, "local-istio" if of_istio else environment)
    of_charm = charm_options(charm, interpreter, juju_model, make_interpreter=make_interpreter, driver=driver)
    wishes = Wishes(
        target_file=target,
        driver="charm" if of_charm else driver,
        driver_options=of_charm,
        environment="local-istio" if of_istio else "cluster" if of_cluster else environment,
        environment_options={**of_istio, **of_cluster},
        fault=fault,
        selection=Selection(
            tuple(profile or ()), tuple(clause or ()), tuple(scenario or ()), tuple(level or ())
        ),
        seed=seed,
    )
    how = RunOptions(
        workers=checked_workers(workers),
        report_dir=report_dir,
        gate=gate_file,
        fail_fast=fail_fast,
        quiet=quiet,
        as_json=as_json,
        timings=timings,
        evidence=evidence,
    )
    raise typer.Exit(run_suite(wishes, how))


@app.command("diff-environments", epilog=_DIFF)
def diff_environments(  # noqa: PLR0913  # one parameter is one option of the command
    *,
    target: options.Target = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "--environment", metavar="KIND", help="Twice: which to compare; default: embedded, local-istio."
        ),
    ] = None,
    driver: options.Driver = None,
    profile: options.Profiles = None,
    level: options.Levels = None,
    clause: options.Clauses = None,
    scenario: options.Scenarios = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless something differs.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Run the same scenarios on two environments and show where verdict, answer or what a backend saw differs.

    Exit: 0 agree, 1 differ, 2 bad usage, 3 nothing could be compared.
    """
    from gwjwt.cli.differential import Output, checked_environments
    from gwjwt.cli.differential import diff_environments as compare
    from gwjwt.running.plan import Wishes
    from gwjwt.specification.selection import Selection

    selection = Selection(
        tuple(profile or ()), tuple(clause or ()), tuple(scenario or ()), tuple(level or ())
    )
    wishes = Wishes(target_file=target, driver=driver, selection=selection)
    output = Output(sys.stdout, sys.stderr, as_json=as_json, quiet=quiet)
    raise typer.Exit(compare(wishes, checked_environments(environment or ()), output))


@app.command("atlas", epilog=_ATLAS)
def token_atlas(
    *,
    target: options.Target = None,
    environment: Annotated[
        list[str] | None, typer.Option("--environment", metavar="KIND", help="Where to run. Repeatable.")
    ] = None,
    driver: options.Driver = None,
    profile: options.Profiles = None,
    fault: Annotated[
        str | None, typer.Option(metavar="NAME", help="Have the reference make this mistake.")
    ] = None,
    shape: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--format", help="Of the table.")
    ] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the table.")] = False,
) -> None:
    """Send tokens of every kind and show what becomes of each, beside what RFCs and documents say.

    Exit: 0 what a document speaks of is so, 1 something is not, 2 bad usage, 3 nothing could be judged.
    """
    from gwjwt.cli.atlas import write_atlas
    from gwjwt.running.plan import Wishes
    from gwjwt.specification.selection import Selection

    def tell(line: str) -> None:
        if not quiet:
            sys.stderr.write(f"{line}\n")

    wishes = Wishes(target_file=target, driver=driver, fault=fault, selection=Selection(tuple(profile or ())))
    raise typer.Exit(write_atlas(wishes, environment or (), sys.stdout, tell, shape))


@app.command(epilog=_VERIFY)
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


@app.command()
def publish(
    path: Annotated[
        Path, typer.Argument(metavar="REPORT_OR_DIR", help="What `gwjwt run --report-dir` made.")
    ],
    reports: Annotated[Path, typer.Argument(metavar="REPORTS", help="The folder of all reports.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the report that is there.")] = False,
) -> None:
    """Put a report in its place, REPORTS/implementation/version, if it can be verified.

    Exit: 0 published, 1 refused, 2 no report, or it cannot be put there.
    """
    from gwjwt.cli.releases import publish_report

    raise typer.Exit(publish_report(path, reports, sys.stdout, force=force))


@app.command()
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


@app.command()
def schema() -> None:
    """Print the JSON schema of conformance reports."""
    import json

    from gwjwt.reporting.document import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")


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


@listing.command("profiles")
def list_profiles(*, as_json: options.Json = False) -> None:
    """List the profiles, with how many clauses and scenarios each has."""
    from gwjwt.cli.listing import write_profiles

    write_profiles(sys.stdout, as_json=as_json)


@listing.command("clauses")
def list_clauses(*, profile: options.Profiles = None, as_json: options.Json = False) -> None:
    """List the documented behaviours, with the number of scenarios of each."""
    from gwjwt.cli.listing import write_clauses

    write_clauses(sys.stdout, profile or [], as_json=as_json)


@listing.command("scenarios")
def list_scenarios(*, profile: options.Profiles = None, as_json: options.Json = False) -> None:
    """List the scenarios by id, with the clauses that each one proves."""
    from gwjwt.cli.listing import write_scenarios

    write_scenarios(sys.stdout, profile or [], as_json=as_json)


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


@istio.command("build")
def istio_build(*, istio_version: options.IstioVersion = None) -> None:
    """Build etcd, kube-apiserver and istiod with Go, once; what is there already is kept."""
    from gwjwt.cli.istio import build_programs, checked_release

    build_programs(sys.stdout, checked_release(istio_version))


@istio.command("up")
def istio_up(*, istio_version: options.IstioVersion = None) -> None:
    """Start one that stays up, and print how kubectl finds it."""
    from gwjwt.cli.istio import bring_up, checked_release

    bring_up(sys.stdout, checked_release(istio_version))


@istio.command("down")
def istio_down() -> None:
    """End the one that stays up."""
    from gwjwt.cli.istio import take_down

    take_down(sys.stdout)


@istio.command("status")
def istio_status() -> None:
    """Tell whether one is up and where it is. Exit 3 if none is."""
    from gwjwt.cli.istio import tell_status

    raise typer.Exit(tell_status(sys.stdout))


@istio.command("logs")
def istio_logs(
    program: Annotated[
        str | None, typer.Argument(metavar="[PROGRAM]", help="All that this one has said.")
    ] = None,
) -> None:
    """Show the last lines of every program that is up, or all of one."""
    from gwjwt.cli.istio import show_logs

    show_logs(sys.stdout, program)
