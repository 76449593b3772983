"""The commands below ``gwjwt list``."""

from __future__ import annotations

import sys

import typer

from gwjwt.cli import options

_EXAMPLES = """\b
Example:
  gwjwt list scenarios --profile charm-request-auth
"""

listing = typer.Typer(
    help="List what the suite states.", epilog=_EXAMPLES, no_args_is_help=True, rich_markup_mode=None
)


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
