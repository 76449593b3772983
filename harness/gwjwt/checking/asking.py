"""Sends the matrix of requests to one entry after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gwjwt.checking.answers import Answer, Observed, Outcome, Question
from gwjwt.checking.credentials import (
    SPOOF,
    claiming,
    configured_place,
    other_places,
    plain,
    presenting,
    wanted_audiences,
    wanted_claims,
    wanted_subjects,
)
from gwjwt.checking.entries import Entry
from gwjwt.checking.policies import Rule
from gwjwt.checking.trust import TrustRule
from gwjwt.environments.protocol import Environment
from gwjwt.errors import EnvironmentFailed
from gwjwt.identity.issuer import Issuer
from gwjwt.identity.tokens import Token
from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.traffic.judgement import REFUSALS
from gwjwt.words import Endpoint

_WORD_OF_A_DEATH = 1.0
_FORGERIES = {
    Question.FOREIGN_KEY: "foreign-key",
    Question.TAMPERED: "tampered-payload",
    Question.EXPIRED: "expired",
    Question.OTHER_AUDIENCE: "wrong-audience",
}


@dataclass(frozen=True)
class Bench:
    """What is known of a proxy before it is asked."""

    environment: Environment
    trusted: tuple[TrustRule, ...]
    rules: tuple[Rule, ...]
    stranger: Issuer
    identity_headers: Mapping[str, tuple[str, ...]]
    """By backend: the headers in which it may be told who calls."""

    def observe(self, entry: Entry) -> Observed:
        """Ask everything at an entry.

        Raises:
            EnvironmentFailed: the gateway has died.
        """
        endpoint = self.environment.endpoint(entry.proxy.name, entry.port)
        answers = tuple(_Asking(self, entry, endpoint).answers())
        return Observed(entry, self.trusted, answers, self.identity_headers.get(entry.backend, ()))


class _Asking:
    def __init__(self, bench: Bench, entry: Entry, endpoint: Endpoint) -> None:
        self._bench, self._entry, self._endpoint = bench, entry, endpoint
        self._plain = plain(entry)

    def answers(self) -> Iterator[Answer]:
        yield self._answer(Question.NO_TOKEN, self._plain)
        yield from self._around()
        foreign = self._bench.stranger.token("valid", wanted_claims(self._bench.rules))
        yield self._answer(Question.FOREIGN_ISSUER, presenting(self._plain, foreign, self._first_place))
        for trusted in self._bench.trusted:
            yield from self._of(trusted)
        yield self._claimed()

    @property
    def _first_place(self) -> str:
        first = self._bench.trusted[:1]
        return configured_place(first[0]) if first else "header Authorization: Bearer "

    def _around(self) -> Iterator[Answer]:
        """Without a token, by spellings that a policy may not have thought of."""
        port = replace(self._plain, host=f"{self._entry.host}:{self._entry.port}")
        yield self._answer(Question.PORT_IN_HOST, port)
        yield self._answer(Question.TWO_SLASHES, replace(self._plain, path=f"/{self._plain.path}"))

    def _of(self, trusted: TrustRule) -> Iterator[Answer]:
        place = configured_place(trusted)
        valid, subject = self._valid(trusted, place)
        yield valid
        for question, recipe in _FORGERIES.items():
            token = self._token(trusted, recipe, subject)
            answer = self._answer(question, presenting(self._plain, token, place))
            yield replace(answer, issuer=trusted.iss)
        for other in other_places(self._bench.trusted):
            token = self._token(trusted, "valid", subject)
            answer = self._answer(Question.ELSEWHERE, presenting(self._plain, token, other))
            yield replace(answer, issuer=trusted.iss, detail=other.rstrip(": "))

    def _valid(self, trusted: TrustRule, place: str) -> tuple[Answer, str | None]:
        """The answer to the first subject that passes, else to the first, with headers that the client made up."""
        found: list[tuple[Answer, str | None]] = []
        for subject in dict.fromkeys(wanted_subjects(trusted, self._bench.rules)):
            token = self._token(trusted, "valid", subject)
            request = claiming(presenting(self._plain, token, place), self._made_up)
            found.append((self._answer(Question.VALID, request), subject))
            if found[-1][0].outcome is Outcome.PASSED:
                break
        answer, subject = next((each for each in found if each[0].outcome is Outcome.PASSED), found[0])
        return replace(answer, issuer=trusted.iss), subject

    @property
    def _made_up(self) -> dict[str, str]:
        return dict.fromkeys(self._bench.identity_headers.get(self._entry.backend, ()), SPOOF)

    def _claimed(self) -> Answer:
        by_policy = {name: value for rule in self._bench.rules for name, value in rule.headers}
        return self._answer(Question.CLAIMED, claiming(self._plain, {**self._made_up, **by_policy}))

    def _token(self, trusted: TrustRule, recipe: str, subject: str | None) -> Token:
        claims = wanted_claims(self._bench.rules)
        if subject is not None:
            claims["sub"] = subject
        audiences = wanted_audiences(trusted, self._bench.rules)
        return trusted.issuer.token(recipe, claims, audiences or None)

    def _answer(self, question: Question, request: Request) -> Answer:
        exchange = self._bench.environment.probe.send(self._endpoint, request)
        if exchange.response is None:
            self._bench.environment.check(_WORD_OF_A_DEATH)
        status = exchange.response.status if exchange.response else None
        return Answer(
            question,
            _outcome(exchange),
            status,
            spoofed=_spoofed(exchange, tuple(self._made_up)),
            reached=str(exchange.received[0].app) if exchange.received else "",
            detail=exchange.failure or "",
        )


def _outcome(exchange: Exchange) -> Outcome:
    """A request that reached a backend has passed, whatever the client was told."""
    if exchange.received:
        return Outcome.PASSED
    if exchange.response is not None and exchange.response.status in REFUSALS:
        return Outcome.REFUSED
    return Outcome.UNCLEAR


def _spoofed(exchange: Exchange, headers: Sequence[str]) -> tuple[str, ...]:
    received = exchange.received[0] if exchange.received else None
    return tuple(each for each in headers if received is not None and SPOOF in received.header(each))


def require_answers(observed: Sequence[Observed]) -> None:
    """Something was asked.

    Raises:
        EnvironmentFailed: no gateway gave an answer that says anything.
    """
    if observed and all(each.unclear for each in observed):
        first = observed[0]
        raise EnvironmentFailed("the embedded gateway", f"{first.entry}: {first.unclear}")
