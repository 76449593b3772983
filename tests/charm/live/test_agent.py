"""The history of a unit's agent: what is news, and when a change has been acted on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.drivers.charm.live.agent import REMEMBERED, Agent, Noted, failure, outstanding

IDLE, FAILED = Noted("idle", "", "t"), Noted("error", 'hook failed: "x"', "t")
CHANGED = "rules-relation-changed"


def running(hook: str, of: str = "") -> Noted:
    return Noted("executing", f"running {hook} hook{of}", "t")


@given(st.data())
def test_however_late_a_reading_is_only_what_is_newer_is_added(data) -> None:
    length = data.draw(st.integers(1, 3 * REMEMBERED))
    history = [Noted("idle" if number % 2 else "executing", "", f"{number:05}") for number in range(length)]
    read: list[list[Noted]] = []
    agent = Agent("ingress/0", read.pop)
    first = furthest = data.draw(st.integers(1, length))
    for step in range(data.draw(st.integers(1, 8))):
        earliest, latest = max(furthest - REMEMBERED // 2, 1), min(furthest + REMEMBERED // 2, length)
        now = data.draw(st.integers(earliest, latest)) if step else first
        furthest = max(furthest, now)
        read.append(history[max(now - REMEMBERED, 0) : now])
        agent.mark()
        assert agent._seen == history[max(first - REMEMBERED, 0) : furthest]


def test_a_new_unit_of_an_old_name() -> None:
    old, new = [Noted("idle", "", "2026-11-25T03:00:00Z")], [Noted("idle", "", "2026-11-25T03:00:09Z")]
    readings = iter([old, new, old, new])
    agent = Agent("ingress/0", lambda: next(readings))
    mark = agent.mark()
    assert agent.since(mark) == new
    assert agent.since(mark) == new
    assert agent.since(mark) == new


@pytest.mark.parametrize(
    "news, words",
    [
        ([], "its hook rules-relation-changed has not run"),
        ([IDLE], "its hook rules-relation-changed has not run"),
        ([running("rules-relation-created"), IDLE], "its hook rules-relation-changed has not run"),
        ([running("other-rules-relation-changed"), IDLE], "its hook rules-relation-changed has not run"),
        ([running(CHANGED)], "its agent is executing (running rules-relation-changed hook)"),
        (
            [running(CHANGED), IDLE, running("config-changed")],
            "its agent is executing (running config-changed hook)",
        ),
        ([FAILED, running(CHANGED)], "its agent is executing (running rules-relation-changed hook)"),
        ([running(CHANGED), IDLE], None),
        ([running(CHANGED, " for dashboard/0"), IDLE], None),
        ([running("config-changed"), FAILED], None),
    ],
)
def test_what_is_outstanding(news, words) -> None:
    assert outstanding(news, [CHANGED]) == words


def test_hooks_are_expected_in_their_order() -> None:
    hooks = ["a-relation-joined", CHANGED]
    assert outstanding([running(CHANGED), running("a-relation-joined"), IDLE], hooks) is not None
    assert outstanding([running("a-relation-joined"), running(CHANGED), IDLE], hooks) is None


def test_only_the_last_word_is_a_failure() -> None:
    assert failure([FAILED]) == 'hook failed: "x"'
    assert failure([FAILED, IDLE]) is None
