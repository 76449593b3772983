"""The issuers of one scenario, by the names that the feature gives them."""

from __future__ import annotations

from contextlib import ExitStack

from gwjwt.identity.issuer import Issuer, IssuerHost
from gwjwt.identity.published import PublishedIssuer


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

    def named(self, name: str) -> Issuer:
        return self._known.get(name) or self.create(name)

    def create(self, name: str, *, algorithm: str = "ES256", discoverable: bool = False) -> Issuer:
        """Make the issuer with these properties, before anything else names it."""
        if name in self._known:
            raise ValueError(
                f"the issuer {name} is there already and signs with {self._known[name].algorithm}"
            )
        iss = name if "@" in name else None  # as in Istio's samples, whose issuers are named by an address
        created = self._host.create(name, iss=iss, algorithm=algorithm, discoverable=discoverable)
        self._known[name] = created
        return created

    def verifiable(self) -> dict[str, str]:
        """The names of the issuers whose key sets can be fetched, by their ``iss``."""
        return {issuer.iss: name for name, issuer in self._known.items() if issuer.answers}

    def close(self) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            for issuer in self._known.values():
                leaving.callback(self._host.remove, issuer)
