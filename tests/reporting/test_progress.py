from __future__ import annotations

import io

from gwjwt.reporting.events import RunProblem, ScenarioFinished, ScenariosSelected, ScenarioStarted
from gwjwt.reporting.progress import progress_view
from gwjwt.reporting.terminal import Styled, write_lines
from gwjwt.reporting.verdict import Verdict

EVENTS = (
    ScenariosSelected(2),
    ScenarioStarted("doors/a/one"),
    ScenarioFinished("doors/a/one", Verdict.PASSED, duration=0.25),
    ScenarioStarted("doors/a/two[x]"),
    ScenarioFinished("doors/a/two[x]", Verdict.FAILED, duration=1.0),
    RunProblem("collecting", "broken"),
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, *, quiet=False):
    with progress_view(stream, quiet=quiet) as view:
        for event in EVENTS:
            view(event)
    return stream.getvalue()


def test_off_a_terminal_there_is_a_plain_line_for_each_scenario():
    assert shown(io.StringIO()).splitlines() == [
        "running 2 scenarios",
        "passed 0.25s doors/a/one",
        "failed 1.00s doors/a/two[x]",
        "error collecting",
    ]


def test_on_a_terminal_only_what_did_not_pass_stays(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    text = shown(Terminal())
    assert "failed doors/a/two[x]" in text
    assert "passed doors/a/one" not in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1, "the cursor is hidden and comes back"


def test_quiet_says_nothing():
    assert shown(io.StringIO(), quiet=True) == ""


def test_colour_needs_a_terminal_and_leave(monkeypatch):
    line = [Styled("passed", "green")]
    monkeypatch.setenv("TERM", "xterm-256color")
    for stream, colour, no_color in (
        (io.StringIO(), False, ""),
        (Terminal(), True, ""),
        (Terminal(), False, "1"),
    ):
        monkeypatch.setenv("NO_COLOR", no_color)
        write_lines(line, stream)
        assert ("\x1b[" in stream.getvalue()) is colour
