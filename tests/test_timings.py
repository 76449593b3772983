from __future__ import annotations

import threading

import pytest

from gwjwt import timings


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns, for a thread's view of time that begins now."""

    class Clock:
        now = 100.0

        def perf_counter(self):
            return self.now

    turned = Clock()
    monkeypatch.setattr(timings, "time", turned)
    monkeypatch.setattr(timings, "_clock", timings._Clock())
    return turned


def test_nested_phases_count_once_and_the_rest_is_harness(clock):
    before = timings.spent()
    with timings.phase("gateway"):
        clock.now += 1
        with timings.phase("kubernetes"):
            clock.now += 2
        clock.now += 4
    clock.now += 8
    assert timings.since(before, 15.0) == {"gateway": 5.0, "kubernetes": 2.0, "harness": 8.0}


def test_a_phase_that_raises_is_counted_and_closed(clock):
    before = timings.spent()
    with pytest.raises(ValueError), timings.phase("requests"):  # noqa: PT011, PT012
        clock.now += 1
        raise ValueError
    clock.now += 1
    assert timings.since(before, 2.0) == {"requests": 1.0, "harness": 1.0}


def test_other_threads_do_not_count(clock):
    before = timings.spent()

    def work():
        with timings.phase("gateway"):
            clock.now += 1

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert timings.since(before, 1.0) == {"harness": 1.0}


def test_tables_add_up_by_phase():
    assert timings.added({"a": 1.0}, {"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 3.0}
