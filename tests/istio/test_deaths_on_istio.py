"""When a part of the environment dies, it says which one and why; nobody judges anything by what is left."""

from __future__ import annotations

import os
import signal

import pytest

from gwjwt.environments.local_istio.istio_cluster import LocalCluster
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.errors import EnvironmentDied, EnvironmentFailed
from gwjwt.waiting import Deadlines


def kill(istio: LocalCluster, name: str) -> None:
    victim = next(each for each in istio.processes if each.name == name)
    os.kill(victim.pid, signal.SIGKILL)
    assert victim.ended_within(5.0)


@pytest.mark.parametrize("name", ["kube-apiserver", "etcd"])
def test_a_dead_program(name: str) -> None:
    with LocalCluster(LocalIstioOptions(), Deadlines(start=60.0)) as istio:
        kill(istio, name)
        with pytest.raises(EnvironmentDied, match=f"{name}: killed by SIGKILL"):
            istio.settle(())
        folder = istio.logs
    assert not folder.exists()


def test_istiod_is_started_again_but_not_for_ever() -> None:
    with LocalCluster(LocalIstioOptions(), Deadlines(start=60.0)) as istio:
        for name in ("istiod", "istiod-2", "istiod-3"):
            kill(istio, name)
            with pytest.raises(
                EnvironmentFailed, match=f"{name}: killed by SIGKILL; it has been started again"
            ):
                istio.settle(())
            istio.settle(())
        kill(istio, "istiod-4")
        with pytest.raises(EnvironmentDied, match="istiod-4: killed by SIGKILL"):
            istio.settle(())
