"""Verdicts: what a run says of a scenario, and what follows from many of them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gwjwt.errors import EnvironmentFailed, GwjwtError, Inconclusive, Unsupported


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """The answers prove nothing; never counted as passed."""
    ERROR = "error"
    """The place of the run broke; says nothing about the implementation."""
    UNSUPPORTED = "unsupported"
    RECORDED = "recorded"
    """An observation without a judgement."""
    EXPECTED_FAILURE = "expected-failure"
    UNEXPECTED_PASS = "unexpected-pass"  # noqa: S105  # a verdict, not a secret


EARLIER = " (in an earlier scenario)"
"""Stands behind the cause of an error that kept a scenario from being tried at all."""

AGAINST = frozenset({Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.UNEXPECTED_PASS})
"""Verdicts that speak against the implementation: a run with one of them is not conformant."""


def verdict_of(error: BaseException) -> Verdict:
    """What an exception out of a scenario's own steps means.

    A failed assertion and a violated clause are failures. Everything that is no statement about the
    implementation (``EnvironmentFailed``, a bug of the suite) is an error.
    """
    if isinstance(error, Inconclusive):
        return Verdict.INCONCLUSIVE
    if isinstance(error, Unsupported):
        return Verdict.UNSUPPORTED
    if isinstance(error, AssertionError):
        return Verdict.FAILED
    return Verdict.ERROR


def reason_of(error: BaseException) -> str:
    """The error in the user's words: its message where it was raised on purpose, with type and place otherwise."""
    text = str(error).strip()
    if isinstance(error, (GwjwtError, AssertionError)) and text:
        return text if not isinstance(error, EnvironmentFailed) else f"the environment failed: {text}"
    return f"{type(error).__name__}: {text}{_place(error)}"


def _place(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f" (at {last.tb_frame.f_code.co_filename}:{last.tb_lineno})" if last else ""


_WORST_FIRST = (
    Verdict.FAILED,
    Verdict.UNEXPECTED_PASS,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.EXPECTED_FAILURE,
    Verdict.UNSUPPORTED,
    Verdict.PASSED,
    Verdict.RECORDED,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict that decides over a group: one bad scenario is enough. None for an empty group."""
    present = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in present), None)
