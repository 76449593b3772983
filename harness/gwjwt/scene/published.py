"""The rules as a feature writes them down: JSON with ``${accounts.issuer}`` and ``${accounts.jwks_uri}`` to fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from string import Template

from gwjwt.identity.issuer import Issuer


class _PublishedTemplate(Template):
    braceidpattern = r"[\w-]+\.(?:issuer|jwks_uri)"


class _IssuerFields(Mapping[str, str]):
    """Looks up ``<issuer>.issuer`` and ``<issuer>.jwks_uri``; an issuer comes into being when it is first named."""

    def __init__(self, issuer: Callable[[str], Issuer]) -> None:
        self._issuer = issuer

    def __getitem__(self, key: str) -> str:
        name, _, field = key.rpartition(".")
        issuer = self._issuer(name)
        return issuer.iss if field == "issuer" else issuer.jwks_uri

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def fill_in(text: str, issuer: Callable[[str], Issuer]) -> str:
    """Replace the placeholders of a published text; everything else, malformed JSON included, stays as it is."""
    return _PublishedTemplate(text).substitute(_IssuerFields(issuer))
