"""The command ``gwjwt check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

EXAMPLES = """\b
Examples:
  gwjwt check policies/                        what they let through, as a table, and why
  gwjwt check . --format markdown              for a summary of a CI job
  gwjwt check . --expect accepted.yaml         but for what is accepted, with a reason (docs/check.md)
  gwjwt check . --gateway-namespace ingress    where the pods of Istio's ingress gateway run
"""


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of Kubernetes manifests.")],
    *,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NAME", help="Of objects that name none.")
    ] = "default",
    gateway_namespace: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Where the pods run that a Gateway of Istio selects, if their Deployment is not in DIR; "
            "default: istio-system.",
        ),
    ] = None,
    expect: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Findings that are accepted, each with a reason.")
    ] = None,
    shape: Annotated[
        Literal["text", "markdown", "json"], typer.Option("--format", help="How to show it.")
    ] = "text",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless something is found.")
    ] = False,
) -> None:
    """Tell what the policies in a folder let through, on the embedded gateway and with real requests.

    Exit: 0 nothing that a strict reader would object to, 1 findings, 2 bad usage, 3 not everything could be asked.
    """
    from gwjwt.cli.check import CheckOptions, check_policies

    options = CheckOptions(namespace, gateway_namespace, expect, shape, quiet)
    raise typer.Exit(check_policies(folder, options, sys.stdout))
