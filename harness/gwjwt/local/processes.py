"""Processes and the folder they work in; nothing else in the suite starts any.

Whatever ends us (success, failure, Ctrl-C, ``kill -9``), no process and no folder stays: both belong to a
guard process (``gwjwt.local.guard``) that notices the end of a pipe.
"""

from __future__ import annotations

import contextlib
import itertools
import marshal
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from gwjwt.errors import EnvironmentDied, EnvironmentFailed, GwjwtError
from gwjwt.local import guard

_LOG_LINES = 20


class _Child:
    """What the guard has told about one program."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.ended = threading.Event()
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.cause = ""
        self.on_exit: list[Callable[[], None]] = []


class RunDirectory:
    """A private temporary folder, and the guard that removes it with every process started in it.

    A context manager; ``path`` exists inside of it, mode 0700. Entering costs a few milliseconds, since the
    guard comes up while we go on.
    """

    def __init__(self, prefix: str = "gwjwt-") -> None:
        self._prefix = prefix
        self._keys = itertools.count()
        self._children: dict[int, _Child] = {}
        self._writing = threading.Lock()

    def __enter__(self) -> Self:
        self.path = Path(tempfile.mkdtemp(prefix=self._prefix))
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env={},
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="gwjwt-guard", daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stdin, stdout = _pipes(self._guard)
        with contextlib.suppress(BrokenPipeError):  # the guard was killed: we clean up below
            stdin.close()
        self._guard.wait()
        self._listener.join()
        stdout.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stateless: bool = False,
    ) -> Supervised:
        """Start a program in a process group of its own; output goes to ``<name>.log`` in the folder.

        One that is ``stateless`` has nothing to bring to an end, and is killed when it is stopped.

        Raises:
            EnvironmentFailed: it cannot be started.
        """
        program = shutil.which(argv[0])
        if program is None:
            raise EnvironmentFailed(name, f"there is no program {argv[0]}")
        key, child = next(self._keys), _Child()
        self._children[key] = child
        log = self.path / f"{name}.log"
        arguments = [os.path.abspath(program), *argv[1:]]  # noqa: PTH100 - resolve() would leave a venv
        environment = dict(os.environ if env is None else env)
        self.tell("start", key, arguments, environment, str(cwd or self.path), str(log))
        signals = (signal.SIGKILL,) if stateless else (signal.SIGTERM, signal.SIGKILL)
        return Supervised(self, key, child, name, log, signals)

    def tell(self, *command: str | int | list[str] | dict[str, str]) -> None:
        """Send a command to the guard."""
        stdin, _ = _pipes(self._guard)
        try:
            with self._writing:
                stdin.write(marshal.dumps(command))
                stdin.flush()
        except BrokenPipeError as error:
            raise EnvironmentFailed("the process guard", "it was killed") from error

    def _listen(self) -> None:
        _, stdout = _pipes(self._guard)
        try:
            while True:
                message: tuple[str, int, Any] = marshal.load(stdout)  # noqa: S302 - written by our own guard
                self._note(*message)
        except EOFError:
            for child in self._children.values():
                if not child.ended.is_set():
                    if child.pid is not None:
                        _kill_group(child.pid)  # a guard that was killed itself could not do it
                    _note_end(child, None, "its guard has ended")

    def _note(self, what: str, key: int, value: Any) -> None:
        child = self._children[key]
        if what == "started":
            child.pid = value
            child.started.set()
        elif what == "failed":
            _note_end(child, None, value)
        else:
            _note_end(child, value, _describe_exit(value))


class Detached:
    """A program that goes on when we end, by its user's wish."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def __del__(self) -> None:
        self._process.returncode = self._process.returncode or 0  # nobody has to wait for it


def start_detached(argv: Sequence[str], log: Path) -> Detached:
    """Start a program in a session of its own that nobody supervises; its output replaces the log's content."""
    with log.open("wb") as output:
        return Detached(
            subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
            )
        )


class Supervised:
    """A running program. Leaving the context stops it."""

    def __init__(
        self,
        home: RunDirectory,
        key: int,
        child: _Child,
        name: str,
        log: Path,
        signals: Sequence[signal.Signals],
    ) -> None:
        self._home, self._key, self._child = home, key, child
        self.name, self.log, self._signals = name, log, signals
        self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id, which is also its process group; waits until the program has been started."""
        self._child.started.wait()
        if self._child.pid is None:
            raise self.failure()
        return self._child.pid

    @property
    def running(self) -> bool:
        return not self._child.ended.is_set()

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None while it runs, or when it could not be started."""
        return self._child.exit_code

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end, at most so long; tell whether it has ended."""
        return self._child.ended.wait(seconds)

    def rename(self, name: str) -> None:
        """Call it and its log by another name: what a program is for may be known only after it has been started."""
        self.pid  # noqa: B018 - its log is there when it has been started
        self.name, self.log = name, self.log.rename(self.log.with_name(f"{name}.log"))

    def when_it_ends(self, callback: Callable[[], None]) -> None:
        """Call back from another thread when the program ends by itself; at once if it has ended already."""
        self._child.on_exit.append(callback)
        if self._child.ended.is_set():
            callback()

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` with the cause and the last lines of the log if it has ended."""
        if not self.running:
            raise self.failure()

    def failure(self) -> EnvironmentDied:
        """What its end means to a user."""
        return EnvironmentDied(self.name, self._child.cause or "it runs", self.last_lines())

    def last_lines(self, count: int = _LOG_LINES) -> str:
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-count:])

    def stop(self, deadline: float = 5.0) -> None:
        """Each of its signals, with ``deadline`` seconds to end; returns when it is gone. Safe to call twice."""
        self._child.on_exit.clear()
        for number in self._signals:
            if not self.running:
                return
            self._home.tell("signal", self._key, int(number))
            if self._child.ended.wait(deadline):
                return
        raise EnvironmentFailed(
            self.name, f"it cannot be killed (process {self._child.pid})", self.last_lines()
        )


@dataclass(frozen=True)
class Finished:
    """What a program that has ended left behind; bytes that are no UTF-8 are replaced."""

    exit_code: int
    output: str
    complaint: str
    """Its standard error."""


class OverTime(GwjwtError):
    """A program did not end in time; it has been killed, with its process group."""


def run_to_its_end(
    argv: Sequence[str], *, seconds: float, text: str = "", cwd: Path | None = None
) -> Finished:
    """Run a program that reads ``text`` and ends by itself, in a process group of its own.

    No guard watches it: who is killed meanwhile leaves it to its end, with its standard input closed.

    Raises:
        OSError: it cannot be started.
        OverTime: it did not end within so many seconds.
    """
    with subprocess.Popen(
        argv,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as program:
        ended = False
        try:
            output, complaint = program.communicate(text, seconds)
            ended = True
        except subprocess.TimeoutExpired as error:
            raise OverTime(f"did not end within {seconds:g} s") from error
        finally:
            if not ended:
                _kill_group(program.pid)
    return Finished(program.returncode, output, complaint)


def _note_end(child: _Child, code: int | None, cause: str) -> None:
    child.exit_code, child.cause = code, cause
    child.ended.set()
    child.started.set()
    for callback in tuple(child.on_exit):
        callback()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the guard needs both pipes")
    return process.stdin, process.stdout


def _describe_exit(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
