"""From what was seen to what a strict reader objects to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gwjwt.checking.answers import ANONYMOUS, FORGED, Answer, Observed, Outcome, Question
from gwjwt.checking.causes import Cause, Causes, names_issuer
from gwjwt.checking.entries import Entry
from gwjwt.checking.policies import Rule
from gwjwt.checking.purpose import purpose
from gwjwt.checking.surroundings import Surroundings, target

Kind = Literal[
    "open",
    "around",
    "claimed-by-header",
    "forged-token",
    "other-issuer",
    "other-audience",
    "token-elsewhere",
    "spoofed-header",
]
_AROUND = {Question.PORT_IN_HOST: "hosts", Question.TWO_SLASHES: "paths"}


@dataclass(frozen=True)
class Finding:
    """One thing that got through at one entry, and should not have."""

    kind: Kind
    entry: Entry
    what: str
    """A clause that follows the name of the entry."""
    cause: Cause

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(each.place) for each in self.cause.objects))


class Findings:
    """Judges the observations of a folder."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings, self._causes = surroundings, Causes(surroundings)

    def of(self, observed: Observed) -> Iterator[Finding]:
        """What a strict reader objects to at one entry."""
        entry = observed.entry
        rules = self._surroundings.rules_at(entry)
        if observed.open:
            if purpose(rules, entry) is None:
                yield self._open(entry)
        else:
            yield from self._past_the_policies(observed)
            yield from self._with_a_bad_token(observed)
            yield from self._of_somebody_else(observed, rules)
        yield from self._spoofed(observed)

    def on_purpose(self, observed: Observed) -> str:
        """Who has opened an entry on purpose; empty if it is not open, or nobody has."""
        rules = self._surroundings.rules_at(observed.entry)
        return (purpose(rules, observed.entry) or "") if observed.open else ""

    def closed(self, observed: Observed) -> str:
        """What is known of an entry at which nobody gets in."""
        if not observed.closed or observed.unclear:
            return ""
        return self._causes.closed(observed.entry) or "no token was found that passes"

    def _open(self, entry: Entry) -> Finding:
        cause = self._causes.no_token(entry)
        behind = self._causes.behind(entry)
        what = "answers requests without a token"
        return Finding("open", entry, f"{what} ({behind})" if behind else what, cause)

    def _past_the_policies(self, observed: Observed) -> Iterator[Finding]:
        entry = observed.entry
        for answer in observed.passed(*_AROUND):
            if answer.reached == str(entry.stand_in.app):
                key = _AROUND[answer.question]
                spelling = "a port in the Host header" if key == "hosts" else "two slashes before the path"
                what = f"answers requests without a token if they have {spelling}"
                yield Finding("around", entry, what, self._causes.around(entry, key))
        if observed.passed(Question.CLAIMED):
            what = "answers requests without a token if they have a certain header"
            yield Finding("claimed-by-header", entry, what, self._causes.claimed(entry))

    def _with_a_bad_token(self, observed: Observed) -> Iterator[Finding]:
        for answer in _first_of_each(observed.passed(*FORGED)):
            whose = f" of {answer.issuer}" if answer.issuer else ""
            cause = Cause(
                "no rule of the gateway validates it", "have a RequestAuthentication reach the gateway"
            )
            yield Finding("forged-token", observed.entry, f"takes a token{whose}: {answer.question}", cause)
        for answer in observed.passed(Question.ELSEWHERE)[:1]:
            cause = Cause("no rule looks for a token there", "compare the policies with the request")
            what = f"takes a token in a place that is not configured ({answer.detail})"
            yield Finding("token-elsewhere", observed.entry, what, cause)

    def _of_somebody_else(self, observed: Observed, rules: Sequence[Rule]) -> Iterator[Finding]:
        entry, issuers = observed.entry, {each.iss for each in observed.trusted}
        passed = dict.fromkeys(each.issuer for each in observed.passed(Question.VALID))
        unnamed = [each for each in passed if not _named(rules, entry, each)]
        if unnamed and len(issuers) > 1:
            what = f"takes tokens of {' and '.join(unnamed)}, which no policy names for it"
            yield Finding("other-issuer", entry, what, self._causes.other_issuers(entry, unnamed))
        for answer in _of_each_issuer(observed.passed(Question.OTHER_AUDIENCE)):
            what = f"takes tokens that {answer.issuer} has signed for another service"
            yield Finding("other-audience", entry, what, self._causes.audience(entry, answer.issuer))

    def _spoofed(self, observed: Observed) -> Iterator[Finding]:
        passed = observed.passed(Question.VALID, *ANONYMOUS)
        for header in dict.fromkeys(name for answer in passed for name in answer.spoofed):
            without = any(header in each.spoofed for each in passed if each.question is Question.CLAIMED)
            whose = "a client without a token" if without else "a client with any valid token"
            what = f"hands the header {header} of {whose} on to {observed.entry.backend}"
            yield Finding(
                "spoofed-header", observed.entry, what, self._causes.spoofed(observed.entry, header)
            )


def _named(rules: Sequence[Rule], entry: Entry, iss: str) -> bool:
    """Whether a policy that is about this path names the issuer, and does not just ask for any."""
    concerned = (each for each in rules if each.demands_token and each.concerns(target(entry)))
    return any(
        pattern != "*" and names_issuer(pattern, iss) for each in concerned for pattern in each.principals
    )


def _first_of_each(answers: Sequence[Answer]) -> list[Answer]:
    return list({(each.question, each.issuer): each for each in reversed(answers)}.values())


def _of_each_issuer(answers: Sequence[Answer]) -> list[Answer]:
    return list({each.issuer: each for each in reversed(answers)}.values())[::-1]


def undecided(observed: Observed) -> str:
    """Why nothing can be said of an entry; empty if something can."""
    answer = observed.unclear
    if answer is None:
        return ""
    assert answer.outcome is Outcome.UNCLEAR
    return f"{observed.entry}: the answer says neither yes nor no ({answer.status or answer.detail})"
