"""When a part of the environment dies, it says which one and why; nobody judges anything after it."""

from __future__ import annotations

import os
import signal

import pytest

from gwjwt.environments.local_istio.environment import LocalIstioEnvironment
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.errors import EnvironmentDied
from gwjwt.waiting import Deadlines


@pytest.mark.parametrize("name", ["istiod", "kube-apiserver", "etcd"])
def test_a_dead_program(name: str) -> None:
    with LocalIstioEnvironment(LocalIstioOptions(), Deadlines(start=60.0)) as environment:
        processes = environment.processes
        victim = next(each for each in processes if each.name == name)
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.ended_within(5.0)
        with pytest.raises(EnvironmentDied, match=f"{name}: killed by SIGKILL"):
            environment.settle()
        folder = environment.logs
    assert not folder.exists()
