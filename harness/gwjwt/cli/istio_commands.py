"""The commands below ``gwjwt istio``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gwjwt.cli import options

istio = typer.Typer(
    help="A real Istio on loopback, for the environment local-istio and for work by hand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
