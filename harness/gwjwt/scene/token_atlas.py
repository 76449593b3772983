"""The rows of one topic of the token atlas, sent one after the other through one gateway."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gwjwt.atlas.fate import ROW, Fate
from gwjwt.atlas.register import PLACEHOLDER, Expectation, Row, Topic
from gwjwt.errors import ClauseViolated, Inconclusive, Observation
from gwjwt.identity.issuer import Issuer
from gwjwt.identity.keys import algorithm_named
from gwjwt.identity.recipes import mint_from
from gwjwt.identity.tokens import Token, draft
from gwjwt.rules import ClaimToHeader
from gwjwt.scene.credentials import Presentation
from gwjwt.scene.judged import AtlasScene, JudgedRequests
from gwjwt.scene.sender import EvidenceLog
from gwjwt.traffic import judgement
from gwjwt.traffic.account import describe, told
from gwjwt.traffic.evidence import Exchange, Presented

_ISSUER, _OTHER = "accounts", "partners"
_TIME = re.compile(r"now(?:([+-])(\d+))?")
_LONG = re.compile(r"\{long:(\d+)\}")

RowVerdict = Literal["passed", "failed", "inconclusive", "recorded"]


@dataclass(frozen=True)
class Judged:
    """What a row came to."""

    row: Row
    verdict: RowVerdict
    fate: Fate
    reason: str = ""


class TokenAtlas:
    """One topic in one scene. Each row stands between two requests that have to pass, and do, or it shows nothing."""

    def __init__(self, scene: AtlasScene, topic: Topic, profile: str, log: EvidenceLog) -> None:
        self._scene, self._topic, self._profile, self._log = scene, topic, profile, log
        self._judged: list[Judged] = []

    def protect(self) -> None:
        """Have the issuer publish the topic's keys, and the gateway demand its tokens by the topic's rule."""
        topic, issuer = self._topic, self._scene.issuer(_ISSUER)
        if topic.rotation is not None:
            issuer.rotate(keep_old=topic.rotation == "kept")
        for key in topic.keys:
            published_as = {
                name: value and value.replace("{kid}", issuer.key.kid)
                for name, value in key.published_as.items()
            }
            issuer.publish_beside(key.name, algorithm_named(key.algorithm), key.bits, published_as)
        mapped = [
            ClaimToHeader(header=name, claim=claim) for name, claim in topic.rule.claim_to_headers.items()
        ]
        self._scene.protect_app_by(
            [_ISSUER, _OTHER] if topic.also_trusted else [_ISSUER],
            audiences=None if topic.rule.audiences is None else list(topic.rule.audiences),
            claim_to_headers=mapped or None,
        )

    def send(self) -> None:
        """Send every row, and keep beside its exchange what it came to."""
        requests: JudgedRequests = self._scene.requests
        app = next(iter(requests.every_app()))
        credentials = requests.passing(app)
        if credentials is None:
            raise Inconclusive("nothing may pass now, so that no refusal would show anything")
        before = requests.send(app, credentials, purpose="paired")
        for row in self._topic.rows:
            exchange, after = requests.with_control(app, requests.send(app, self._presented(row)))
            judged = self._judge(row, exchange, (before, after), requests.way(app))
            self._judged.append(judged)
            self._log.append(self._entry(judged))
            before = after

    def require_documented(self) -> None:
        """What a document speaks of has become of its rows.

        Raises:
            ClauseViolated: not of all; tells of each.
            Inconclusive: of some it cannot be told, and none is against it.
        """
        against = [each for each in self._judged if each.verdict == "failed"]
        unclear = [each for each in self._judged if each.verdict == "inconclusive"]
        if against or unclear:
            told_of = "\n".join(f"{each.row.name}: {each.reason}" for each in against or unclear)
            raise (ClauseViolated if against else Inconclusive)(told_of)

    def record(self) -> None:
        """Record what has become of the others; where a document speaks of none of the rows, that is all there is."""
        recorded = [each for each in self._judged if each.verdict == "recorded"]
        if len(recorded) == len(self._judged):
            self._log.record_only(f"{len(recorded)} rows of the token atlas")

    def _judge(
        self, row: Row, exchange: Exchange, controls: tuple[Exchange, Exchange], at: judgement.Way
    ) -> Judged:
        fate = fate_of(exchange, at, tuple(self._topic.rule.claim_to_headers))
        for control in controls:
            if not judgement.is_admitted(control, at):
                reason = f"a valid token beside it was not admitted:\n{describe(control)}"
                return Judged(row, "inconclusive", fate, reason)
        expectation = row.expectation(self._profile)
        if expectation is None:
            return Judged(row, "recorded", fate)
        try:
            _require(expectation, exchange, controls[1], at)
        except ClauseViolated as violated:
            return Judged(row, "failed", fate, str(violated))
        except Observation as observed:
            return Judged(row, "inconclusive", fate, str(observed))
        return Judged(row, "passed", fate)

    def _entry(self, judged: Judged) -> Mapping[str, Any]:
        return {
            "purpose": ROW,
            "topic": self._topic.topic,
            "row": judged.row.name,
            "verdict": judged.verdict,
            "fate": judged.fate.as_json(),
        }

    def _presented(self, row: Row) -> Presentation:
        token = self._token(row)
        return Presentation(
            headers=tuple(self._field(line, ":", token) for line in row.headers),
            query=tuple(self._field(pair, "=", token) for pair in row.query),
        )

    def _field(self, text: str, separator: str, token: Token) -> tuple[str, str | Presented]:
        """A name and its value, in which the last placeholder is the token that the evidence shows."""
        name, _, value = text.partition(separator)
        value = value.removeprefix(" ") if separator == ":" else value
        found = list(PLACEHOLDER.finditer(value))
        if not found:
            return name, value
        tokens = [self._named(each[1], token) for each in found]
        prefix, at = "", 0
        for place, other in zip(found[:-1], tokens[:-1], strict=True):
            prefix += value[at : place.start()] + other.encoded
            at = place.end()
        prefix += value[at : found[-1].start()]
        return name, Presented(tokens[-1], prefix, value[found[-1].end() :])

    def _named(self, name: str, token: Token) -> Token:
        return token if name == "token" else mint_from(draft(self._scene.issuer(_ISSUER)), name)

    def _token(self, row: Row) -> Token:
        issuer, wanted = self._scene.issuer(_ISSUER), row.token
        helper = self._scene.issuer(_OTHER) if self._topic.also_trusted else None
        prepared = draft(issuer, helper=helper)
        if wanted.key is not None:
            prepared = prepared.signed_by(issuer.further_key(wanted.key))
        prepared = prepared.naming(**_filled(wanted.header, issuer))
        prepared = prepared.claiming(**_filled(wanted.claims, issuer))
        return mint_from(prepared, wanted.recipe, row.name)


def fate_of(exchange: Exchange, at: judgement.Way, mapped: tuple[str, ...]) -> Fate:
    """What became of a request; ``mapped`` are the headers in which a workload finds claims."""
    response = exchange.response
    received = exchange.received[0] if exchange.received else None
    tokens = [token.encoded for token in exchange.request.tokens if token.encoded]
    handed = (
        {name: tuple(map(told, received.header(name))) for name in mapped if received.header(name)}
        if received
        else {}
    )
    seen = received is not None and any(
        token in text
        for token in tokens
        for text in (received.path, *(value for _, value in received.headers))
    )
    admitted = judgement.is_admitted(exchange, at)
    return Fate(
        admitted=admitted,
        arrivals=len(exchange.received),
        status=response.status if response else None,
        body="" if response is None or admitted else told(response.body),
        failure=str(exchange.failure_kind or ""),
        handed_on=handed,
        token_too=seen,
    )


def _require(expected: Expectation, exchange: Exchange, control: Exchange, at: judgement.Way) -> None:
    if expected == "admitted":
        judgement.require_admitted(exchange, at)
    else:
        judgement.require_refused(exchange, control, at=at)


def _filled(members: Mapping[str, Any], issuer: Issuer) -> dict[str, Any]:
    return {name: _value(value, issuer) for name, value in members.items()}


def _value(value: Any, issuer: Issuer) -> Any:
    if isinstance(value, list):
        return [_value(each, issuer) for each in value]
    if not isinstance(value, str):
        return value
    if found := _TIME.fullmatch(value):
        sign, seconds = found.groups()
        return int(time.time()) + (int(f"{sign}{seconds}") if sign else 0)
    return _LONG.sub(lambda found: "l" * int(found[1]), value.replace("{iss}", issuer.iss))
