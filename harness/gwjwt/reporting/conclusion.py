"""What a run means for the one who started it: a word and an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from gwjwt.reporting.conformance import Result, RunRecord, StatedScenario, profile_levels, profile_result
from gwjwt.reporting.verdict import AGAINST, Verdict


class ExitCode(IntEnum):
    """What the command returns; documented for scripts."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    BAD_USAGE = 2
    NOTHING_JUDGED = 3


@dataclass(frozen=True)
class Conclusion:
    exit_code: ExitCode
    sentence: str


def conclude_run(record: RunRecord, scenarios: Iterable[StatedScenario]) -> Conclusion:
    """What follows from all verdicts.

    A failed or inconclusive scenario decides, even if others could not be judged. Without one, anything that kept
    a scenario from being judged (an error, an interruption, an empty selection) means that nothing is known.
    """
    verdicts = [event.verdict for event in record.finished.values()]
    against = sum(verdict in AGAINST for verdict in verdicts)
    errors = verdicts.count(Verdict.ERROR) + len(record.problems)
    if against:
        return Conclusion(
            ExitCode.NOT_CONFORMANT, f"not conformant: {_count(against, 'scenario')} did not pass"
        )
    if record.interrupted:
        return Conclusion(ExitCode.NOTHING_JUDGED, "interrupted: nothing can be said about conformance")
    if errors:
        sentence = f"nothing can be said about conformance: {_count(errors, 'error')} kept scenarios from being judged"
        return Conclusion(ExitCode.NOTHING_JUDGED, sentence)
    if not set(verdicts) - {Verdict.UNSUPPORTED}:
        return Conclusion(ExitCode.NOTHING_JUDGED, "nothing was judged: no scenario was run")
    return _without_failure(record, list(scenarios))


def _without_failure(record: RunRecord, scenarios: list[StatedScenario]) -> Conclusion:
    started = record.started
    if started is not None and started.fault is not None:
        sentence = f"all scenarios passed in spite of the fault {started.fault} (no conformance)"
        return Conclusion(ExitCode.CONFORMANT, sentence)
    if started is not None and started.narrowed:
        return Conclusion(
            ExitCode.CONFORMANT, "all selected scenarios passed (a part of the profile: no conformance)"
        )
    results = [
        profile_result(profile_levels(record, scenarios, profile))
        for profile in sorted(started.profiles if started else ())
    ]
    if not record.whole or set(results) - {Result.PASSED}:
        return Conclusion(ExitCode.NOT_CONFORMANT, "not conformant: a part of the core was not judged")
    return Conclusion(ExitCode.CONFORMANT, "conformant")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
