"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]
IstioVersion = Annotated[
    str | None,
    typer.Option("--istio-version", metavar="VERSION", help="Another release of Istio, such as 1.24.0."),
]
IstioDebounce = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="How long istiod gathers changes: 10ms here, 100ms is Istio's own default."
    ),
]
Profiles = Annotated[
    list[str] | None, typer.Option("--profile", metavar="NAME", help="Only this profile. Repeatable.")
]
Levels = Annotated[
    list[str] | None,
    typer.Option(
        "--level", metavar="LEVEL", help="Only scenarios of this level: core, extended or atlas. Repeatable."
    ),
]
Clauses = Annotated[
    list[str] | None,
    typer.Option("--clause", metavar="ID", help="Only scenarios of this clause. Repeatable."),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", metavar="ID", help="Only this scenario, or all below this folder. Repeatable."
    ),
]
Target = Annotated[
    Path | None, typer.Argument(metavar="TARGET.yaml", help="What to test; default: the bundled reference.")
]
Charm = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="The source of an ingress charm, for the driver charm (see docs/drivers.md)."
    ),
]
Interpreter = Annotated[
    Path | None,
    typer.Option(metavar="PYTHON", help="The Python that has what the charm needs, and ops[testing]."),
]
MakeInterpreter = Annotated[
    bool,
    typer.Option(
        "--make-interpreter", help="Make it of the charm's requirements, once, in the cache folder."
    ),
]
JujuModel = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="A live Juju model for the driver charm, instead of a simulated one."),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The cluster, for --environment cluster; default: where kubectl looks."
    ),
]
Context = Annotated[
    str | None, typer.Option(metavar="NAME", help="A context of the kubeconfig; default: its current one.")
]
Driver = Annotated[str | None, typer.Option(metavar="NAME", help="How to drive the implementation.")]
