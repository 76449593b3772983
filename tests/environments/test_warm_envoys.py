"""An Envoy that waits for its bootstrap goes on with it, and nothing of those that nobody needed is left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwjwt.environments.local_istio.warm_envoys import WarmEnvoys
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST, PortPool
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import NotYet, eventually

AHEAD = 2


@pytest.fixture
def directory() -> Iterator[RunDirectory]:
    with RunDirectory() as made:
        yield made


def waiting(directory: RunDirectory) -> list[Path]:
    return sorted(directory.path.glob("*-waiting.json"))


def reading(fifo: Path) -> int:
    """The process that has the file on its command line."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(fifo).encode() in arguments:
            return int(entry.name)
    raise NotYet(f"nobody reads {fifo}")


def bootstrap(admin_port: int) -> str:
    return json.dumps({"admin": {"address": {"socket_address": {"address": HOST, "port_value": admin_port}}}})


def listens(port: int) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    if not any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows):
        raise NotYet(f"nobody listens on {port}")


def test_it_serves_what_it_is_told_and_another_one_takes_its_place(directory: RunDirectory) -> None:
    with PortPool() as ports, WarmEnvoys(directory, AHEAD) as warm:
        first = waiting(directory)
        for name in ("front", "back", "side"):
            port = ports.take()
            with warm.take(name, bootstrap(port)) as process:
                eventually(f"{name} serves", lambda port=port: listens(port), 10.0)
                assert (process.name, process.log.name) == (name, f"{name}.log")
                assert len(waiting(directory)) == AHEAD
        assert not set(first) & set(waiting(directory))


def test_one_that_has_died_meanwhile_is_told(directory: RunDirectory) -> None:
    with WarmEnvoys(directory, 1) as warm:
        victim = eventually("it has been started", lambda: reading(waiting(directory)[0]), 10.0)
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(EnvironmentFailed, match="front: killed by SIGKILL"):
            warm.take("front", bootstrap(1))


def test_a_bootstrap_that_envoy_refuses_is_its_end(directory: RunDirectory) -> None:
    with WarmEnvoys(directory, 1) as warm, warm.take("front", '{"nonsense": 1}') as process:
        assert process.ended_within(10.0)
        with pytest.raises(EnvironmentFailed, match=r"front: exited with code 1\n.*nonsense"):
            process.check()
