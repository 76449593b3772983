from __future__ import annotations

import threading

import pytest

from gwjwt.local.background import Jobs


def test_jobs_are_done_one_after_another_and_awaited() -> None:
    done: list[int] = []
    with Jobs("test") as jobs:
        for number in range(20):
            jobs.add(lambda number=number: done.append(number))
    assert done == list(range(20))


def fail() -> None:
    raise ValueError("no")


def test_a_job_that_fails_is_told_to_who_checks_and_does_not_keep_the_next_from_being_done() -> None:
    seen = threading.Event()
    jobs = Jobs("test")
    jobs.check()
    jobs.add(fail)
    jobs.add(seen.set)
    assert seen.wait(5.0)
    for told in (jobs.check, lambda: jobs.__exit__(None, None, None)):
        with pytest.raises(ValueError, match="no"):
            told()


def fail_otherwise() -> None:
    with Jobs("test") as jobs:
        jobs.add(fail)
        raise KeyError


def test_what_a_block_has_raised_is_not_hidden_by_a_job_that_failed() -> None:
    with pytest.raises(KeyError):
        fail_otherwise()
