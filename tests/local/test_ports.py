"""Ports that no two pools hand out."""

from __future__ import annotations

import socket
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.local.ports import NoPortFree, PortPool, blocks, ephemeral_range

TAKE = "from gwjwt.local.ports import PortPool\nwith PortPool() as p: print([p.take() for _ in range(200)]); input()"


@given(
    st.integers(1_024, 65_535).flatmap(lambda low: st.tuples(st.just(low), st.integers(low, 65_535))),
    st.integers(2, 4_096),
)
def test_blocks_lie_outside_the_ephemeral_range_and_do_not_overlap(ephemeral, size):
    lowest, highest = ephemeral
    firsts = blocks(ephemeral, size)
    for first in firsts:
        assert first > 1_024
        assert first + size - 1 <= 65_535
        assert first + size - 1 < lowest or first > highest
    assert all(b - a >= size for a, b in pairwise(firsts))


def test_there_are_blocks_on_this_machine():
    assert blocks(ephemeral_range())


def test_where_the_kernel_does_not_say_ianas_range_counts(tmp_path):
    assert ephemeral_range(tmp_path / "absent") == (49_152, 65_535)
    said = tmp_path / "said"
    said.write_text("32768\t60999\n")
    assert ephemeral_range(said) == (32_768, 60_999)


def test_ports_are_distinct_among_pools_and_processes():
    with (
        PortPool() as one,
        PortPool() as two,
        subprocess.Popen(
            [sys.executable, "-c", TAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        taken = [pool.take() for pool in (one, two) for _ in range(200)]
        taken += eval(other.stdout.readline())
        other.communicate("\n")
    assert len(set(taken)) == len(taken)


def test_a_port_in_use_is_passed_over_and_offered_again_later():
    with PortPool() as pool, socket.socket() as user:
        first = pool.take()
        pool.give_back(first)
        user.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        user.bind(("127.0.0.1", first + 1))
        user.listen()
        assert first + 1 not in [pool.take() for _ in range(50)]


def test_a_returned_port_is_used_again_as_late_as_possible():
    with PortPool() as pool:
        first = pool.take()
        pool.give_back(first)
        assert first not in [pool.take() for _ in range(100)]


def test_no_block_is_a_clear_error():
    with PortPool([]) as pool, pytest.raises(NoPortFree, match="all blocks of 128 ports outside"):
        pool.take()


def test_a_small_pool_ends_and_recovers():
    with PortPool() as probe:
        first = probe.take() + 60
    with PortPool([first], size=3) as pool:
        taken = [pool.take(), pool.take()]
        with pytest.raises(NoPortFree):
            pool.take()
        pool.give_back(taken[0])
        assert pool.take() == taken[0]


def test_the_mark_is_gone_with_the_pool():
    with PortPool() as pool:
        block = pool.take() - 1
    with PortPool([block]) as again:
        assert again.take() == block + 1
