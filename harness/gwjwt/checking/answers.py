"""What is asked at an entry, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gwjwt.checking.entries import Entry
from gwjwt.checking.trust import TrustRule


class Question(StrEnum):
    """What a request presents. The values are the columns of a table."""

    NO_TOKEN = "no token"  # noqa: S105  # a column, and no secret
    VALID = "valid"
    FOREIGN_ISSUER = "foreign issuer"
    FOREIGN_KEY = "foreign key"
    TAMPERED = "tampered"
    EXPIRED = "expired"
    OTHER_AUDIENCE = "other audience"
    ELSEWHERE = "elsewhere"
    """A valid token in a place where no rule looks."""
    CLAIMED = "claimed by header"
    """No token, but identity headers as the gateway writes them for a backend."""
    PORT_IN_HOST = "port in Host"
    """No token, and the port stands in the Host header."""
    TWO_SLASHES = "two slashes"
    """No token, and the path begins with one slash more."""


ANONYMOUS = (Question.NO_TOKEN, Question.CLAIMED, Question.PORT_IN_HOST, Question.TWO_SLASHES)
"""Questions of somebody who has no token."""
FORGED = (Question.FOREIGN_ISSUER, Question.FOREIGN_KEY, Question.TAMPERED, Question.EXPIRED)
"""Tokens that nobody may accept."""


class Outcome(StrEnum):
    PASSED = "passed"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    """Neither: 404, 5xx, no answer."""


@dataclass(frozen=True)
class Answer:
    """What became of one request."""

    question: Question
    outcome: Outcome
    status: int | None
    issuer: str = ""
    """The ``iss`` of the token, if it is that of a trusted issuer."""
    spoofed: tuple[str, ...] = ()
    """The identity headers that arrived as the client had sent them."""
    reached: str = ""
    """The stand-in that received it."""
    detail: str = ""
    """Which place, or what the failure was."""

    @property
    def shown(self) -> str:
        """What stands in a table."""
        return "passes" if self.outcome is Outcome.PASSED else str(self.status or "no answer")


@dataclass(frozen=True)
class Observed:
    """All answers at one entry."""

    entry: Entry
    trusted: tuple[TrustRule, ...]
    answers: tuple[Answer, ...]
    identity_headers: tuple[str, ...] = ()
    """Those that were sent as a client's own."""

    def of(self, *questions: Question) -> list[Answer]:
        return [each for each in self.answers if each.question in questions]

    def passed(self, *questions: Question) -> list[Answer]:
        return [each for each in self.of(*questions) if each.outcome is Outcome.PASSED]

    @property
    def open(self) -> bool:
        """Whether requests without a token pass."""
        return bool(self.passed(Question.NO_TOKEN))

    @property
    def closed(self) -> bool:
        """Whether nobody was found who passes, so that no refusal shows anything."""
        return not self.passed(Question.NO_TOKEN, Question.VALID)

    @property
    def unclear(self) -> Answer | None:
        """An answer that says neither yes nor no where nothing else says that the route works."""
        found = [
            each for each in self.of(Question.NO_TOKEN, Question.VALID) if each.outcome is Outcome.UNCLEAR
        ]
        return found[0] if found and self.closed else None

    def shown(self, question: Question) -> str:
        """The cell of a table: the worst of the answers, or a dash if it was not asked."""
        found = self.of(question)
        passed = [each for each in found if each.outcome is Outcome.PASSED]
        return (passed or found)[0].shown if found else "-"
