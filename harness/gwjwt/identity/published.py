"""An issuer of whom nothing is there but what it has published: a key set, and tokens that others may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.errors import UsageError
from gwjwt.identity.secrets import KNOWN
from gwjwt.identity.tokens import Audience, Token, read_segment, segment


class UnknownToken(UsageError):
    """A feature asks for a token that was not published: without its key nobody can make another one."""

    def __init__(self, kind: str, issuer: str, known: Mapping[str, str]) -> None:
        super().__init__(f"{issuer} has published no token {kind!r} (there are: {', '.join(known)})")


class PublishedIssuer:
    """Its tokens by kind; of one of them also copies that were changed in one segment, as an attacker can."""

    def __init__(self, iss: str, jwks: Mapping[str, Any], tokens: Mapping[str, str], changing: str) -> None:
        """``changing`` is the kind of the token of which the changed copies are."""
        self.name = self.iss = iss
        self.jwks = jwks
        self._tokens = {**tokens, **_changed(tokens[changing])}

    def token(self, recipe: str, audience: Audience = None) -> Token:
        """The token of that kind, in which blanks and hyphens are alike.

        Raises:
            UnknownToken: it is not there, or an audience is asked for: with the kinds there are.
        """
        kind = recipe.strip().lower().replace(" ", "-")
        if kind not in self._tokens or audience is not None:
            raise UnknownToken(f"{recipe} for {audience}" if audience else recipe, self.iss, self._tokens)
        encoded = self._tokens[kind]
        header, payload, _ = encoded.split(".")
        token = Token(encoded, kind, self.name, read_segment(header), read_segment(payload))
        KNOWN.remember(encoded, token.label)
        return token


def _changed(encoded: str) -> dict[str, str]:
    """The copies: in each, the octets that one segment decodes to are others."""
    header, payload, signature = encoded.split(".")
    changed_header = segment({**read_segment(header), "cty": "changed"})
    changed_payload = segment({**read_segment(payload), "sub": "attacker"})
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    return {
        "tampered-header": f"{changed_header}.{payload}.{signature}",
        "tampered-payload": f"{header}.{changed_payload}.{signature}",
        "tampered-signature": f"{header}.{payload}.{signature[:middle]}{other}{signature[middle + 1 :]}",
    }
