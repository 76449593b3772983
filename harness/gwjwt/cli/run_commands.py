"""The commands that judge an implementation: ``run``, ``diff-environments``, ``atlas``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gwjwt.cli import options

RUN_EXAMPLES = """\b
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

DIFF_EXAMPLES = """\b
Examples:
  gwjwt diff-environments                                     the bundled reference, embedded and local-istio
  gwjwt diff-environments target.yaml --clause CHARM-DENY-02  one behaviour of your implementation
  gwjwt diff-environments --driver manifests --json           with another driver, for a program
"""

ATLAS_EXAMPLES = """\b
Examples:
  gwjwt atlas                                                the bundled reference, on the embedded environment
  gwjwt atlas target.yaml --profile charm-request-auth       your implementation
  gwjwt atlas --environment embedded --environment local-istio --format markdown
"""


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
