"""A program that is spoken to in lines: a JSON object on its standard input, another on its standard output."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gwjwt.errors import GwjwtError
from gwjwt.local.processes import RunDirectory, Supervised

_REDIRECTED = 'exec "$0" "$@" <"$GWJWT_QUESTIONS" >"$GWJWT_ANSWERS"'
_NOTICE_OF_DEATH = 0.05
"""Seconds between two looks whether the program still runs."""


class Unanswered(GwjwtError):
    """The program ended, or did not answer in time."""


class Overdue(Unanswered):
    """It runs, but has not answered in time."""


class Dialogue:
    """A supervised program and the two pipes to it; leaving the context stops it. For one thread."""

    def __init__(self, program: Supervised, questions: Path, answers: Path) -> None:
        self._program = program
        self._questions = os.open(questions, os.O_RDWR)  # opening one end only would wait for the other
        self._answers = os.open(answers, os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""

    @classmethod
    def begin(
        cls, home: RunDirectory, name: str, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path
    ) -> Self:
        """Start the program; what it writes to standard error goes to ``<name>.log`` in the folder.

        Raises:
            EnvironmentFailed: it cannot be started.
        """
        questions, answers = home.path / f"{name}.questions", home.path / f"{name}.answers"
        for pipe in (questions, answers):
            os.mkfifo(pipe, 0o600)
        surroundings = {**env, "GWJWT_QUESTIONS": str(questions), "GWJWT_ANSWERS": str(answers)}
        program = home.start(name, ["/bin/sh", "-c", _REDIRECTED, *argv], env=surroundings, cwd=cwd)
        return cls(program, questions, answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._questions)
        os.close(self._answers)
        self._program.stop()

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to one question.

        Raises:
            Unanswered: the program ended, or ``seconds`` have passed.
        """
        line = json.dumps(question).encode() + b"\n"
        while line:
            line = line[os.write(self._questions, line) :]
        return self.hear(seconds)

    def hear(self, seconds: float) -> dict[str, Any]:
        """What the program says next.

        Raises:
            Unanswered: the program ended, or ``seconds`` have passed.
        """
        said: dict[str, Any] = json.loads(self._line(time.monotonic() + seconds))
        return said

    def log(self) -> str:
        """The last lines of what the program wrote to standard error."""
        return self._program.last_lines(60)

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0:
                raise Overdue("no answer in time")
            ready, _, _ = select.select([self._answers], [], [], min(left, _NOTICE_OF_DEATH))
            read = os.read(self._answers, 1 << 16) if ready else b""
            self._rest += read
            if not read and not self._program.running:
                raise Unanswered("it has ended")
            if ready and not read:
                self._program.ended_within(
                    _NOTICE_OF_DEATH
                )  # not yet opened at the other side, or closed there
        line, _, self._rest = self._rest.partition(b"\n")
        return line
