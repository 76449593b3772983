"""The guard: a tiny process that outlives ours by a moment, only to clean up after it.

It starts programs for us and holds the reading end of a pipe on its standard input. When that pipe ends,
because we closed it or because we were killed in a way that cannot be caught, it kills the process groups of
all programs that still run, removes the run directory and ends. ``gwjwt.local.processes`` is the other side.

Runs as a script under ``python -I -S`` and imports next to nothing, so that it is there within milliseconds.
Messages are ``marshal`` objects, since both ends are the same interpreter: in
``("start", key, argv, env, cwd, log)`` and ``("signal", key, number)``, out ``("started", key, pid)``,
``("failed", key, cause)`` and ``("exited", key, code)`` with a negative code for a signal.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from typing import Any

_KILL = 9


class Guard:
    def __init__(self, run_directory: str) -> None:
        self._run_directory = run_directory
        self._running: dict[int, int] = {}
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Obey until the pipe ends, then leave nothing behind."""
        commands = sys.stdin.buffer
        try:
            while True:
                command: tuple[Any, ...] = marshal.load(commands)  # noqa: S302 - written by our own parent
                if command[0] == "start":
                    self._start(*command[1:])
                else:
                    self._signal(*command[1:])
        except EOFError:
            self._clean_up()

    def _start(self, key: int, argv: list[str], env: dict[str, str], cwd: str, log: str) -> None:
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            os.chdir(cwd)
            with self._lock:
                pid = os.posix_spawn(
                    argv[0],
                    argv,
                    env,
                    file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_OPEN, 1, log, appending, 0o600),
                        (os.POSIX_SPAWN_DUP2, 1, 2),
                    ],
                    setpgroup=0,
                )
                self._running[key] = pid
        except OSError as error:
            self._tell("failed", key, str(error))
            return
        self._tell("started", key, pid)
        threading.Thread(target=self._reap, args=(key, pid), daemon=True).start()

    def _reap(self, key: int, pid: int) -> None:
        _, status = os.waitpid(pid, 0)
        with self._lock:
            del self._running[key]
        _kill_group(pid, _KILL)
        self._tell("exited", key, os.waitstatus_to_exitcode(status))

    def _signal(self, key: int, number: int) -> None:
        with self._lock:
            pid = self._running.get(key)
            if pid is not None:
                _kill_group(pid, number)

    def _tell(self, *message: str | int) -> None:
        with self._lock:
            try:
                os.write(1, marshal.dumps(message))
            except BrokenPipeError:
                return  # our parent is gone; the end of its other pipe says so too

    def _clean_up(self) -> None:
        with self._lock:
            for pid in self._running.values():
                _kill_group(pid, _KILL)
        if os.path.isdir(self._run_directory):  # noqa: PTH112 - pathlib takes longer to import than the rest to run
            import shutil  # a quarter of the start-up time, needed only here

            shutil.rmtree(self._run_directory, ignore_errors=True)
        os._exit(0)


def _kill_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left in it (macOS says PermissionError when only a zombie is)


if __name__ == "__main__":
    Guard(sys.argv[1]).serve()
