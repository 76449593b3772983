"""The commands for clusters that are there already."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gwjwt.cli import options

RBAC = """\b
Examples:
  gwjwt rbac --namespace ci | kubectl apply -f -
  gwjwt rbac target.yaml        what this target's driver and environment need
  gwjwt rbac --driver manifests
"""

CLEAN = """\b
Examples:
  gwjwt clean --kubeconfig K --dry-run   what is there
  gwjwt clean --kubeconfig K             delete it
  gwjwt clean --run 1f2e3d4c             of one run alone, while others go on
"""


def rbac(
    *,
    target: options.Target = None,
    driver: options.Driver = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Of all three objects.")] = "gwjwt",
    namespace: Annotated[
        str, typer.Option(metavar="NAMESPACE", help="Where the ServiceAccount is to be; it has to exist.")
    ] = "default",
) -> None:
    """Print the ServiceAccount and the rights that a run in a cluster needs, and no others, for kubectl apply."""
    from gwjwt.cli.clusters import print_rights

    print_rights(target, driver, name, namespace, sys.stdout)


def clean(
    *,
    kubeconfig: options.Kubeconfig = None,
    context: options.Context = None,
    run: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only of this run. Repeatable; default: of all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List them and delete nothing.")] = False,
) -> None:
    """List and delete the namespaces that runs have left behind in a cluster: all that carry gwjwt's labels.

    Exit: 0 nothing is left, 2 bad usage, 3 one could not be deleted.
    """
    from gwjwt.cli.clusters import clean_up

    clean_up(kubeconfig, context, run or (), sys.stdout, dry_run=dry_run)
