"""Whatever ends a run, no Envoy, guard, port or folder of it stays."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gwjwt.cluster import Cluster
from gwjwt.drivers.registry import make_driver
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.errors import EnvironmentFailed
from gwjwt.scene import Scene
from gwjwt.scene.credentials import NO_TOKEN
from gwjwt.waiting import Deadlines, NotYet, eventually
from gwjwt.words import Endpoint

from .conftest import Run, processes_of

ONE = "--clause=CHARM-VALIDATE-01"
CONFORMANT, NOT_CONFORMANT, NOT_JUDGED, INTERRUPTED = 0, 1, 3, 130

OWN_FILES = Path("/proc/self/fd")


def open_files() -> Counter[str]:
    """How many files of each kind this process has open; the number of a pipe or socket says nothing."""
    found = (file.readlink().as_posix() for file in OWN_FILES.iterdir() if file.is_symlink())
    return Counter(re.sub(r"\d+", "N", target) for target in found)


def require_refused(endpoint: Endpoint) -> None:
    """Envoy closes a listener's socket within milliseconds after it has acknowledged that the listener goes."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port)):
            raise NotYet(f"{endpoint} takes connections")
    except ConnectionRefusedError:
        return


StartRun = Callable[..., Run]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_after_success(start_run: StartRun, workers: str) -> None:
    run = start_run(ONE, "-n", workers)
    code, output = run.end()
    assert code == CONFORMANT, output
    run.require_nothing_left()


def test_after_failure(start_run: StartRun) -> None:
    run = start_run("--clause=CHARM-DENY-02", "--fault=deny-dropped")
    code, output = run.end()
    assert code == NOT_CONFORMANT, output
    run.require_nothing_left()


def test_after_ctrl_c_in_a_check(start_run: StartRun) -> None:
    folder = Path(__file__).parents[1] / "checking" / "folders" / "everything-is-right"
    run = start_run(str(folder), module="gwjwt check")

    def serving() -> None:
        if not any("envoy.json" in command for command in processes_of(run.folder).values()):
            raise NotYet("no Envoy")

    eventually("an Envoy of the check", serving, 20)
    run.interrupt_group()
    code, output = run.end()
    assert (code, output) == (INTERRUPTED, "")
    run.require_nothing_left()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_after_ctrl_c(start_run: StartRun, workers: str) -> None:
    run = start_run("-n", workers)
    run.await_line("passed")
    assert processes_of(run.folder)
    run.interrupt_group()
    code, output = run.end()
    assert code != CONFORMANT
    assert "Traceback" not in output
    run.require_nothing_left()


def test_after_kill_9_of_the_run(start_run: StartRun) -> None:
    run = start_run()
    run.await_line("passed")
    assert processes_of(run.folder)
    run.process.kill()
    run.end()
    run.require_nothing_left()


def test_after_kill_9_of_a_worker(start_run: StartRun) -> None:
    run = start_run("-n", "2")
    run.await_line("passed")
    os.kill(run.workers()[0], signal.SIGKILL)
    code, output = run.end()
    between_two_scenarios = code == CONFORMANT and "error" not in output
    assert between_two_scenarios or (code in {NOT_CONFORMANT, NOT_JUDGED} and "1 error" in output), output
    run.require_nothing_left()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_after_kill_9_of_envoy(start_run: StartRun, workers: str) -> None:
    run = start_run("-n", workers)
    run.await_line("passed")
    run.kill_envoy()
    code, output = run.end()
    assert code == NOT_JUDGED, output
    assert "the environment failed: envoy: killed by SIGKILL\n" in output
    assert "more scenarios: for the same reason\n" in output
    run.require_nothing_left()


def test_after_the_end_of_the_kubernetes_api(start_run: StartRun, tmp_path: Path) -> None:
    run = start_run(
        "-p",
        "api_that_ends",
        "-p",
        "no:randomly",
        "steps",
        "--gwjwt-report-dir",
        str(tmp_path / "out"),
        module="pytest",
        PYTHONPATH=str(Path(__file__).parent),
    )
    _, output = run.end()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    verdicts = Counter(each["verdict"] for each in report["scenarios"])
    assert set(verdicts) - {"unsupported"} == {"passed", "error"}, output
    assert verdicts["error"] > verdicts["passed"]
    assert "in an earlier scenario" in output, "nothing more is tried"
    assert "cannot be reached" in output
    run.require_nothing_left()


def test_the_silence_of_a_gateway_that_has_died_is_the_environments_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    driver, deadlines = make_driver("controller", {"implementation": "reference"}, None), Deadlines()
    killed = "envoy: killed by SIGKILL"
    with (
        EmbeddedEnvironment(deadlines) as environment,
        Cluster(environment.kubeconfig) as cluster,
        driver.start(cluster, deadlines) as implementation,
    ):

        def lose_envoy() -> None:
            with Scene(environment, implementation, []) as scene:
                scene.serve("front", ["dashboard"])
                assert scene.requests.send("dashboard", NO_TOKEN).response
                [envoy] = [pid for pid, command in processes_of(tmp_path).items() if "envoy.json" in command]
                os.kill(envoy, signal.SIGKILL)
                with pytest.raises(EnvironmentFailed, match=killed):
                    scene.requests.send("dashboard", NO_TOKEN)

        with pytest.raises(EnvironmentFailed, match=killed):  # the scene cannot take down its gateway either
            lose_envoy()


def test_after_the_environment_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    threads, files = set(threading.enumerate()), open_files()
    driver = make_driver("controller", {"implementation": "reference"}, None)
    deadlines = Deadlines()
    with (
        EmbeddedEnvironment(deadlines) as environment,
        Cluster(environment.kubeconfig) as cluster,
        driver.start(cluster, deadlines) as implementation,
    ):
        before = cluster.list("v1", "Namespace")
        with Scene(environment, implementation, []) as scene:
            scene.serve("front", ["dashboard"])
            endpoint = environment.endpoint(scene.gateway("front"))
            assert len(cluster.list("v1", "Namespace")) > len(before)
        assert cluster.list("v1", "Namespace") == before
        eventually("the gateway's port is closed", lambda: require_refused(endpoint), 1.0)
    assert set(threading.enumerate()) == threads
    assert open_files() == files
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)
