"""How a step's text is read: names in double quotes, descriptions of credentials, numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parse import with_pattern
from pytest_bdd import parsers

from gwjwt.scene import CREDENTIALS, Credentials, read_credentials


@with_pattern(r'"[^"]+"')
def name(text: str) -> str:
    return text.strip('"')


@with_pattern(r'every app|"[^"]+"')
def apps(text: str) -> str | None:
    """One app by its name, or None for every app."""
    return None if text == "every app" else text.strip('"')


@with_pattern(r'"[^"]+"(?:(?:, | and )"[^"]+")*')
def names(text: str) -> list[str]:
    return [part for part in text.split('"') if part not in {"", ", ", " and "}]


@with_pattern(CREDENTIALS)
def credentials(text: str) -> Credentials:
    return read_credentials(text)


TYPES: dict[str, Callable[[str], Any]] = {
    "Name": name,
    "Names": names,
    "Apps": apps,
    "Credentials": credentials,
}


def phrase(text: str) -> parsers.parse:
    """A step's text with typed parameters, as in ``{app:Name} ends its relation``."""
    return parsers.parse(text, extra_types=TYPES)
