from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gwjwt.waiting import NotYet, eventually

START = 60.0
END = 20.0


def processes_of(folder: Path) -> dict[int, str]:
    """Processes whose command line names something in the folder: Envoy by its bootstrap, the guard by its ward."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if str(folder) in command:
                found[int(entry.name)] = command
    return found


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]


@dataclass
class Run:
    """A ``gwjwt run`` in a process group and a temporary folder of its own."""

    process: subprocess.Popen[str]
    folder: Path

    def await_line(self, text: str) -> None:
        """Read the run's output until a line holds the text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return
        pytest.fail(f"the run ended without saying {text!r}")

    def end(self) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=START)
        return self.process.returncode, output

    def interrupt_group(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def workers(self) -> list[int]:
        return children_of(self.process.pid)

    def kill_envoy(self) -> None:
        """Kill one Envoy of the run as the kernel's out-of-memory killer would."""
        envoys = [pid for pid, command in processes_of(self.folder).items() if "envoy.json" in command]
        os.kill(envoys[0], signal.SIGKILL)

    def require_nothing_left(self) -> None:
        """No process and no folder of the run is there, or will be gone in a moment."""

        def attempt() -> None:
            processes, folders = processes_of(self.folder), sorted(self.folder.iterdir())
            if processes or folders:
                raise NotYet(f"{processes}, {folders}")

        eventually("nothing is left of the run", attempt, END)


@pytest.fixture
def start_run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, module: str = "gwjwt run", **environment: str) -> Run:
        folder = tmp_path / "tmp"
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", *module.split(), *arguments],
            env={**os.environ, "TMPDIR": str(folder), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return Run(process, folder)

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
