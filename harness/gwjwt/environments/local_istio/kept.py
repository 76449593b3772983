"""An environment that stays up for work by hand: started once, used with kubectl, ended by a command.

It is a process of its own that holds a lock as long as it lives, so that nobody takes a dead one for a living one.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from gwjwt.environments.local_istio.assets import cache_folder
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.processes import start_detached
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually

_WHAT = "the kept local-istio"


@dataclass(frozen=True)
class Kept:
    """What is known about the one that runs."""

    pid: int
    version: str
    kubeconfig: str
    logs: str
    """The folder with a log of each program."""


def running() -> Kept | None:
    """The one that runs, or None."""
    file = _state_file()
    try:
        with file.open("r", encoding="utf-8") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = opened.read()
                return Kept(**json.loads(text)) if text else None
    except FileNotFoundError:
        return None
    return None


def start(version: str, deadlines: Deadlines) -> Kept:
    """Start one and return when it is ready.

    Raises:
        UsageError: one runs already.
        EnvironmentFailed: it does not start; with what it said.
    """
    if found := running():
        raise UsageError(
            f"one is up already, with kubeconfig {found.kubeconfig}; end it with `gwjwt istio down`"
        )
    log = _state_file().with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    process = start_detached([sys.executable, "-m", __name__, version], log)

    def ready() -> Kept:
        if process.ended():
            raise EnvironmentFailed(_WHAT, "did not start", log.read_text(encoding="utf-8").strip())
        found = running()
        if found is None:
            raise NotYet("it is starting")
        return found

    try:
        return eventually(_WHAT, ready, 4 * deadlines.start)
    except TimedOut as late:
        _end(process.pid)
        raise EnvironmentFailed(_WHAT, str(late), log.read_text(encoding="utf-8")) from late


def stop(deadlines: Deadlines) -> bool:
    """End the one that runs and return when nothing of it is left; False: there was none."""
    found = running()
    if found is None:
        return False
    _end(found.pid)

    def gone() -> None:
        if running() is not None:
            raise NotYet(f"process {found.pid} is still there")

    try:
        eventually(f"the end of {_WHAT}", gone, deadlines.start)
    except TimedOut as late:
        raise EnvironmentFailed(_WHAT, str(late)) from late
    return True


def serve(version: str) -> None:
    """Keep an environment up until SIGTERM or SIGINT, or until a part of it dies."""
    from gwjwt.environments.local_istio.istio_cluster import LocalCluster  # imports gRPC
    from gwjwt.environments.local_istio.options import LocalIstioOptions

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    file = _state_file()
    with file.open("a+", encoding="utf-8") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError("one is up already") from error
        opened.truncate(0)
        with LocalCluster(LocalIstioOptions(version=version), Deadlines(start=60.0)) as cluster:
            cluster.when_a_part_ends(ended.set)
            kept = Kept(os.getpid(), version, str(cluster.kubeconfig()), str(cluster.logs))
            opened.write(json.dumps(asdict(kept)))
            opened.flush()
            ended.wait()
        opened.truncate(0)


def _state_file() -> Path:
    return cache_folder() / "kept.json"


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    try:
        serve(sys.argv[1])
    except (EnvironmentFailed, UsageError) as failed:
        sys.stderr.write(f"{failed}\n")
        sys.exit(3)
