"""How open a gateway was while it changed, as requests show that nobody can validate."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from gwjwt.environments.protocol import Environment
from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.scene.sender import EvidenceLog
from gwjwt.traffic.account import as_evidence, describe
from gwjwt.traffic.judgement import is_kept_out
from gwjwt.traffic.leak_watch import Attempt, LeakWatch, Passage

GARBAGE = Credentials(extra=("Authorization", "Bearer not-a-token"))
UNVALIDATED: Mapping[str, Credentials] = {
    "no token": NO_TOKEN,
    "a Bearer value that is no token": GARBAGE,
    "an expired token": Credentials("expired", "accounts"),
}
"""What nobody can validate, whichever issuers are trusted."""


class Openings:
    """A context manager around the watch; each change of the scenario is made inside ``change``."""

    def __init__(
        self, environment: Environment, attempts: Sequence[Attempt], log: EvidenceLog, deadline: float
    ) -> None:
        """``deadline`` in seconds: how long one round of all attempts may take."""
        self._environment, self._log, self._deadline = environment, log, deadline
        self._watch = LeakWatch(environment.probe, attempts)

    def __enter__(self) -> Self:
        self._watch.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.__exit__(kind, error, trace)

    @contextmanager
    def change(self) -> Iterator[None]:
        with self._watch.change():
            yield

    def see(self) -> None:
        """Return when all that was written is live, and each attempt has been made once after that."""
        self._environment.settle()
        self._watch.see(self._deadline)

    def require_none(self) -> None:
        """What was kept out before a change and after it was kept out all the time between.

        Raises:
            ClauseViolated: something was let through, with the first of it, how much there was and how long.
            Inconclusive: nothing was kept out at both ends, or so little was sent that it says nothing.
        """
        passages = self._passages()
        between_closed = [each for each in passages if _is_closed_at_both_ends(each)]
        if not between_closed:
            raise Inconclusive("no change was watched that begins and ends with a gateway that is closed")
        for each in between_closed:
            if each.admitted:
                first = min(each.admitted, key=lambda sent: sent.begun)
                raise ClauseViolated(f"{_told(each)}; the first:\n{describe(first.exchange)}")
        for each in between_closed:
            if not each.during:
                raise Inconclusive(
                    f"nothing was sent with {each.attempt.what} while change {each.number} was made"
                )

    def record(self) -> None:
        """Record, without a judgement, what each change let through that ended with a gateway that is closed.

        Raises:
            Inconclusive: there was no such change.
        """
        closing = [each for each in self._passages() if is_kept_out(each.after.exchange)]
        if not closing:
            raise Inconclusive("no change was watched that ends with a gateway that is closed")
        changes = itertools.groupby(closing, key=lambda each: each.number)
        self._log.record_only("; ".join(_summed_up(number, list(found)) for number, found in changes))

    def _passages(self) -> list[Passage]:
        """All of them; what was seen of each is kept as evidence."""
        passages = list(self._watch.passages())
        for each in passages:
            self._log.append({"purpose": "watched", "passage": _figures(each)})
            for sent in each.admitted[:1]:
                self._log.append({"purpose": "watched", **as_evidence(sent.exchange)})
        return passages


def _is_closed_at_both_ends(passage: Passage) -> bool:
    return is_kept_out(passage.before.exchange) and is_kept_out(passage.after.exchange)


def _summed_up(number: int, passages: Sequence[Passage]) -> str:
    admitted = sum(len(each.admitted) for each in passages)
    sent = sum(len(each.during) for each in passages)
    window = max(each.window for each in passages)
    return f"change {number} let {admitted} of {sent} requests through" + (
        f", within {window:.0f} ms" if admitted else ""
    )


def _told(passage: Passage) -> str:
    return (
        f"change {passage.number} let {len(passage.admitted)} of {len(passage.during)} requests through with "
        f"{passage.attempt.what}, within {passage.window:.0f} ms"
    )


def _figures(passage: Passage) -> dict[str, Any]:
    began, live = passage.changed
    return {
        "change": passage.number,
        "with": passage.attempt.what,
        "closedBefore": is_kept_out(passage.before.exchange),
        "closedAfter": is_kept_out(passage.after.exchange),
        "sent": len(passage.during),
        "admitted": len(passage.admitted),
        "windowMilliseconds": round(passage.window, 1),
        "changeMilliseconds": round((live - began) * 1000, 1),
    }
