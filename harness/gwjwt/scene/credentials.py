"""What a request carries, as a feature says it: "no token", "an expired token of "accounts" in "X-Jwt"".

The phrase is read into plain data here and turned into headers by the scene, which knows the issuers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gwjwt.traffic.evidence import Presented

_NAME = r'"[^"]+"'
_TOKEN = (
    rf"(?P<recipe>an? [a-z0-9-]+) token of (?P<issuer>{_NAME})"
    rf"(?: for (?P<audience>no audience|the audiences? {_NAME}(?:, {_NAME})*))?"
    rf"(?: in (?:the query parameter (?P<parameter>{_NAME})|(?P<header>{_NAME})(?: after (?P<prefix>{_NAME}))?))?"
)
_SECOND = re.sub(r"P<(\w+)>", r"P<second_\1>", _TOKEN)
_EXTRA = r'the header "(?P<extra>[^":]+:[^"]*)"'
_ALTERNATIVES = (
    "no token",
    rf"(?P<cookie>the session cookie)(?: and {_TOKEN})?(?: and {_EXTRA})?",
    rf"{_TOKEN}(?: and {_SECOND})?(?: and {_EXTRA})?".replace("P<", "P<only_"),
    _EXTRA.replace("P<", "P<alone_"),
)
_PHRASE = re.compile("|".join(_ALTERNATIVES))

CREDENTIALS = re.sub(r"\?P<\w+>", "?:", _PHRASE.pattern)
"""The pattern of the phrase without groups, for a step's parameter."""


@dataclass(frozen=True)
class Credentials:
    """A token by recipe and issuer, where it is put, and whether the approved session cookie comes along."""

    recipe: str | None = None
    issuer: str | None = None
    audience: str | tuple[str, ...] | None = None
    """The token's ``aud``: a string, a list, or none at all (RFC 7519 section 4.1.3)."""
    header: str = "Authorization"
    prefix: str = "Bearer "
    cookie: bool = False
    extra: tuple[str, str] | None = None
    """A header that the client adds, its name and its value."""
    parameter: str | None = None
    """The query parameter with the token, which is then in no header (RFC 6750, section 2.3)."""
    second: Credentials | None = None
    """Another token in another place."""

    @property
    def none(self) -> bool:
        return self.recipe is None


@dataclass(frozen=True)
class Presentation(Credentials):
    """Tokens that are minted already, each in a place that no phrase describes."""

    headers: tuple[tuple[str, str | Presented], ...] = ()
    query: tuple[tuple[str, str | Presented], ...] = ()


NO_TOKEN = Credentials()
SESSION_COOKIE = Credentials(cookie=True)


def read_credentials(phrase: str) -> Credentials:
    """Read a phrase that matches ``CREDENTIALS``.

    ``in "X-Jwt"`` without ``after`` puts the bare token into that header, ``in the query parameter "token"`` into
    that parameter; without ``in`` it is a Bearer token (RFC 6750 section 2.1). A second token may follow, for another
    place. ``the header "X-Name: value"`` is sent as it stands.

    Raises:
        ValueError: the phrase is not one of these.
    """
    match = _PHRASE.fullmatch(phrase)
    if match is None:
        raise ValueError(f"not a description of credentials: {phrase!r}")
    groups = [(name.split("_"), text) for name, text in match.groupdict().items() if text is not None]
    found = {parts[-1]: text for parts, text in groups if "second" not in parts}
    second = {parts[-1]: text for parts, text in groups if "second" in parts}
    extra = _extra(found.get("extra"))
    if "recipe" not in found:
        return Credentials(cookie="cookie" in found, extra=extra)
    return replace(
        _token(found), cookie="cookie" in found, extra=extra, second=_token(second) if second else None
    )


def _token(found: Mapping[str, str]) -> Credentials:
    header = found.get("header")
    return Credentials(
        recipe=found["recipe"].split(" ", 1)[1],
        issuer=found["issuer"].strip('"'),
        audience=_audience(found.get("audience", "no audience")),
        header=header.strip('"') if header else "Authorization",
        prefix=found.get("prefix", "").strip('"') if header else "Bearer ",
        parameter=found["parameter"].strip('"') if "parameter" in found else None,
    )


def _extra(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, _, value = text.partition(":")
    return name, value.strip()


def _audience(phrase: str) -> str | tuple[str, ...] | None:
    named = tuple(re.findall(r'"([^"]+)"', phrase))
    if phrase.startswith("the audiences "):
        return named
    return named[0] if named else None
