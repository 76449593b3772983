"""The issuers of one scenario, by the names that the feature gives them."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack

from gwjwt.errors import ClauseViolated
from gwjwt.identity.issuer import Issuer, IssuerHost
from gwjwt.identity.published import PublishedIssuer
from gwjwt.identity.tokens import Audience, Token


class Issuers:
    """Each comes into being, with a key of its own, when it is first named."""

    def __init__(self, host: IssuerHost) -> None:
        self._host = host
        self._known: dict[str, Issuer] = {}
        self._published: dict[str, PublishedIssuer] = {}

    def adopt(self, issuer: PublishedIssuer) -> None:
        """Have this name stand for somebody of whom nothing is there but what has been published."""
        self._published[issuer.name] = issuer

    def minting(self, name: str) -> Issuer | PublishedIssuer:
        """Who gives the tokens of that name."""
        return self._published.get(name) or self.named(name)

    def token(self, name: str, recipe: str, audience: Audience = None) -> Token:
        """A token of that issuer by recipe; another issuer helps where the recipe needs one."""
        issuer = self.minting(name)
        if isinstance(issuer, PublishedIssuer):
            return issuer.token(recipe, audience)
        return issuer.token(recipe, audience=audience, helper=self.other_than(name))

    def named(self, name: str) -> Issuer:
        return self._known.get(name) or self.create(name)

    def other_than(self, name: str) -> Issuer | None:
        """The issuer that was named first among the others, if there are any."""
        return next((issuer for known, issuer in self._known.items() if known != name), None)

    def create(self, name: str, *, algorithm: str = "ES256", discoverable: bool = False) -> Issuer:
        """Make the issuer with these properties, before anything else names it."""
        if name in self._known:
            raise ValueError(
                f"the issuer {name} is there already and signs with {self._known[name].algorithm}"
            )
        # Istio's samples name issuers by an address, Solo's by a URL.
        iss = name if "@" in name or "://" in name else None
        created = self._host.create(name, iss=iss, algorithm=algorithm, discoverable=discoverable)
        self._known[name] = created
        return created

    def verifiable(self) -> dict[str, str]:
        """The names of the issuers whose key sets can be fetched, by their ``iss``."""
        return {issuer.iss: name for name, issuer in self._known.items() if issuer.answers}

    def decodes_to(self, recipe: str, issuer: str, expected: str) -> None:
        """The second segment of such a token, decoded, is this JSON (RFC 7515: base64url without padding)."""
        segment = self.named(issuer).token(recipe).encoded.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        if claims != json.loads(expected):
            raise ClauseViolated(f"the token claims {json.dumps(claims)}")

    def close(self) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            for issuer in self._known.values():
                leaving.callback(self._host.remove, issuer)
