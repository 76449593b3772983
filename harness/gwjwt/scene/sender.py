"""Sends the requests of one scenario and keeps each as evidence."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from gwjwt import timings
from gwjwt.environments.protocol import Environment
from gwjwt.errors import EnvironmentFailed
from gwjwt.identity.tokens import Token
from gwjwt.scene.credentials import Credentials, Presentation
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


_WORD_OF_A_DEATH = 1.0
"""How long it may take, in seconds, until it is known that a gateway has died that does not answer."""
_ONE_CLOCK = 30.0
"""How far the gateway's clock may be from the suite's, in seconds.

No token is judged that is closer than 120 s to the end of its validity, and verifiers allow up to 60 s of clock skew
(Envoy, ``clock_skew_seconds``): this is half of what is left.
"""


class Sender:
    """Each request goes out on a fresh connection."""

    def __init__(
        self,
        environment: Environment,
        issuers: Issuers,
        log: EvidenceLog,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._environment, self._issuers, self._log, self._now = environment, issuers, log, now

    def send(self, endpoint: Endpoint, request: Request, purpose: str = "judged") -> Exchange:
        """Send it; ``purpose`` says in the evidence what for: ``judged``, or ``paired`` with a judged one."""
        with timings.phase("requests"):
            exchange = self._environment.probe.send(endpoint, request)
        self._log.append({"purpose": purpose, **as_evidence(exchange)})
        if exchange.response is None:
            self._environment.check(_WORD_OF_A_DEATH)  # the silence of a dead gateway says nothing
        self._require_one_clock(exchange)
        return exchange

    def _require_one_clock(self, exchange: Exchange) -> None:
        """Tokens can be judged only by who has the same time (RFC 9110, section 6.6.1: ``Date``).

        Raises:
            EnvironmentFailed: the answer was made at another time than it arrived.
        """
        for made in exchange.response.header("date") if exchange.response else ():
            ahead = _seconds_since_epoch(made) - self._now()
            if abs(ahead) > _ONE_CLOCK:
                apart = f"it is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
                raise EnvironmentFailed(
                    "the gateway's clock", f"{apart}: no token's validity can be judged; set both by NTP"
                )

    def look_again(self, exchange: Exchange) -> Exchange:
        return self._environment.probe.look_again(exchange)

    def headers(self, credentials: Credentials) -> tuple[Header, ...]:
        """The tokens that are put into headers, and the header that the client adds."""
        if isinstance(credentials, Presentation):
            return credentials.headers
        headers: list[Header] = [
            (each.header, Presented(self.mint(each), each.prefix))
            for each in _tokens(credentials)
            if each.parameter is None
        ]
        if credentials.extra is not None:
            headers.append(credentials.extra)
        return tuple(headers)

    def query(self, credentials: Credentials) -> tuple[Header, ...]:
        """The tokens that are put into query parameters."""
        if isinstance(credentials, Presentation):
            return credentials.query
        return tuple(
            (each.parameter, Presented(self.mint(each)))
            for each in _tokens(credentials)
            if each.parameter is not None
        )

    def mint(self, credentials: Credentials) -> Token:
        if credentials.recipe is None or credentials.issuer is None:
            raise ValueError("these credentials have no token")
        audience = credentials.audience
        claim = list(audience) if isinstance(audience, tuple) else audience
        return self._issuers.token(credentials.issuer, credentials.recipe, claim)


def _seconds_since_epoch(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return math.nan  # no date at all: nothing is known of that clock


def _tokens(credentials: Credentials) -> list[Credentials]:
    return [
        each for each in (credentials, credentials.second) if each is not None and each.recipe is not None
    ]
