"""Sends the requests of one scenario and keeps each as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gwjwt import timings
from gwjwt.environments.protocol import Environment
from gwjwt.identity.tokens import Token
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.traffic.account import as_evidence
from gwjwt.traffic.evidence import Exchange, Presented, Request
from gwjwt.words import Endpoint

Header = tuple[str, str | Presented]


class EvidenceLog(Protocol):
    """Where each exchange goes, for the report."""

    def append(self, entry: Mapping[str, Any]) -> None: ...

    def complain(self, line: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry that the implementation itself has to tell; the line goes to whoever reads of a failure."""

    def record_only(self, observation: str) -> None:
        """The scenario tells what is there and judges nothing beside."""


class Sender:
    """Each request goes out on a fresh connection."""

    def __init__(self, environment: Environment, issuers: Issuers, log: EvidenceLog) -> None:
        self._environment, self._issuers, self._log = environment, issuers, log

    def send(self, endpoint: Endpoint, request: Request, purpose: str = "judged") -> Exchange:
        """Send it; ``purpose`` says in the evidence what for: ``judged``, or ``paired`` with a judged one."""
        with timings.phase("requests"):
            exchange = self._environment.probe.send(endpoint, request)
        self._log.append({"purpose": purpose, **as_evidence(exchange)})
        if exchange.response is None:
            self._environment.check()  # silence of a gateway that has died says nothing about the implementation
        return exchange

    def look_again(self, exchange: Exchange) -> Exchange:
        return self._environment.probe.look_again(exchange)

    def headers(self, credentials: Credentials) -> tuple[Header, ...]:
        """The token, where it is put, and the header that the client adds."""
        headers: list[Header] = []
        if credentials.recipe is not None:
            headers.append((credentials.header, Presented(self.mint(credentials), credentials.prefix)))
        if credentials.extra is not None:
            headers.append(credentials.extra)
        return tuple(headers)

    def mint(self, credentials: Credentials) -> Token:
        if credentials.recipe is None or credentials.issuer is None:
            raise ValueError("these credentials have no token")
        audience = credentials.audience
        claim = list(audience) if isinstance(audience, tuple) else audience
        return self._issuers.minting(credentials.issuer).token(credentials.recipe, audience=claim)
