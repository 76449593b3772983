"""The readable end of a run: what did not pass, then a line for each profile, then the conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from gwjwt.reporting.conclusion import Conclusion, ExitCode
from gwjwt.reporting.conformance import (
    LevelOutcome,
    RunRecord,
    StatedScenario,
    profile_levels,
    profile_result,
)
from gwjwt.reporting.events import ScenarioFinished
from gwjwt.reporting.terminal import Styled, write_lines
from gwjwt.reporting.verdict import EARLIER, Verdict

_STYLES: Mapping[Verdict, str] = {
    Verdict.PASSED: "green",
    Verdict.RECORDED: "cyan",
    Verdict.UNSUPPORTED: "yellow",
    Verdict.EXPECTED_FAILURE: "yellow",
}

_DETAILED = (Verdict.FAILED, Verdict.UNEXPECTED_PASS, Verdict.INCONCLUSIVE, Verdict.ERROR)
_BRIEF = (Verdict.EXPECTED_FAILURE, Verdict.UNSUPPORTED, Verdict.RECORDED)


def style_of(verdict: Verdict) -> str:
    return _STYLES.get(verdict, "red")


def write_summary(
    record: RunRecord, scenarios: Sequence[StatedScenario], conclusion: Conclusion, stream: TextIO
) -> None:
    """Write it, in colour on a terminal. Lines begin with the verdict, so that they can be searched for."""
    write_lines(summary(record, scenarios, conclusion), stream)


def summary(
    record: RunRecord, scenarios: Sequence[StatedScenario], conclusion: Conclusion
) -> Iterator[Styled]:
    """The lines, each with its style."""
    stated = {scenario.id: scenario for scenario in scenarios}
    events = [record.finished[name] for name in stated if name in record.finished]
    for verdict in _DETAILED:
        yield from _all_details([event for event in events if event.verdict is verdict], stated)
    for verdict in _BRIEF:
        yield from _all_briefly([event for event in events if event.verdict is verdict])
    for problem in record.problems:
        yield Styled(f"error {problem.what}", "red")
        yield from _indented(problem.reason)
    for name in record.running:
        yield Styled(f"not finished {name}", "yellow")
    yield Styled("")
    for profile in sorted(record.started.profiles if record.started else ()):
        levels = profile_levels(record, scenarios, profile)
        text = f"profile {profile}: {profile_result(levels)} ({'; '.join(map(_level, levels))})"
        yield Styled(text, "bold")
    for remark in record.started.remarks if record.started else ():
        yield Styled(f"note: {remark}")
    if record.started and record.started.fault is not None:
        yield Styled(f"note: run with the fault {record.started.fault}: no conformance report", "bold yellow")
    seconds = f" in {record.ended.duration:.1f} s" if record.ended else ""
    style = "bold green" if conclusion.exit_code is ExitCode.CONFORMANT else "bold red"
    yield Styled(f"result: {conclusion.sentence}, {_scenarios(len(events))}{seconds}", style)


def _all_details(
    events: Sequence[ScenarioFinished], stated: Mapping[str, StatedScenario]
) -> Iterator[Styled]:
    """Each in full, but an error that has hit many scenarios only once, where it struck first."""
    alike: dict[str, list[ScenarioFinished]] = {}
    for event in sorted(events, key=lambda event: EARLIER in event.reason):
        first_line = event.reason.partition("\n")[0]
        cause = first_line.replace(EARLIER, "") if event.verdict is Verdict.ERROR else event.id
        alike.setdefault(cause, []).append(event)
    for first, *others in alike.values():
        yield from _details(first, stated[first.id])
        if others:
            text = f"{first.verdict} {_scenarios(len(others), 'more ')}: for the same reason"
            yield Styled(text, style_of(first.verdict))


def _all_briefly(events: Sequence[ScenarioFinished]) -> Iterator[Styled]:
    """A line for each, but one reason that holds for many only once."""
    alike: dict[str, list[ScenarioFinished]] = {}
    for event in events:
        cause = event.reason if event.verdict is Verdict.UNSUPPORTED else event.id
        alike.setdefault(cause, []).append(event)
    for first, *others in alike.values():
        yield Styled(_brief(first), style_of(first.verdict))
        if others:
            text = f"{first.verdict} {_scenarios(len(others), 'more ')}: for the same reason"
            yield Styled(text, style_of(first.verdict))


def _details(event: ScenarioFinished, stated: StatedScenario) -> Iterator[Styled]:
    yield Styled("")
    yield Styled(f"{event.verdict} {event.id}", "bold red")
    yield Styled(f"  {stated.title}")
    yield Styled(f"  clauses: {' '.join(stated.clauses)}")
    if event.step:
        yield Styled(f"  at: {event.step}")
    yield from _indented(event.reason)


def _indented(text: str) -> Iterator[Styled]:
    for line in text.splitlines():
        yield Styled(f"    {line}".rstrip())


def _brief(event: ScenarioFinished) -> str:
    reason = f": {event.reason.splitlines()[0]}" if event.reason else ""
    return f"{event.verdict} {event.id}{reason}"


def _scenarios(count: int, which: str = "") -> str:
    return f"1 {which}scenario" if count == 1 else f"{count} {which}scenarios"


def _level(level: LevelOutcome) -> str:
    counted = [f"{count} {verdict}" for verdict, count in level.statistics.items() if count]
    return f"{level.level} {level.result}: {', '.join(counted) or 'none run'}"
