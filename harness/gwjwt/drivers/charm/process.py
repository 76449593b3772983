"""One charm in its interpreter: starting the runner, and what it means when that goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gwjwt.errors import EnvironmentDied, GwjwtError
from gwjwt.local.dialogue import Dialogue, Overdue, Unanswered
from gwjwt.local.processes import RunDirectory

RUNNER = Path(__file__).with_name("runner.py")

_GRACE = 2.0
"""Seconds in which a runner tells where it hangs before nobody waits for it any more."""


_OTHER_INTERPRETER = "give one that has it with --interpreter, or have one made with --make-interpreter"


class CharmBroken(EnvironmentDied):
    """A charm that cannot be run at all, so that nothing can be judged. ``log`` holds its traceback."""


class HookRaised(GwjwtError):
    """A hook did not catch an exception: Juju's error state. ``trace`` is the charm's own traceback."""

    def __init__(self, cause: str, trace: str) -> None:
        self.cause, self.trace = cause, trace
        super().__init__(cause)


@dataclass(frozen=True)
class CharmSource:
    """A charm's folder and the interpreter that has what it needs."""

    name: str
    folder: Path
    interpreter: Path


class CharmProcess:
    """A runner with the charm loaded. Every question takes at most ``seconds``."""

    def __init__(self, source: CharmSource, dialogue: Dialogue, seconds: float) -> None:
        self._source, self._dialogue, self._seconds = source, dialogue, seconds
        told = self._checked(
            self._heard(lambda: dialogue.hear(seconds + _GRACE), "loading it"), "does not load"
        )
        self.endpoints: Mapping[str, Mapping[str, Any]] = told["endpoints"]

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have the runner do one thing.

        Raises:
            HookRaised: the charm did not catch an exception.
            CharmBroken: the runner ended, could not do it, or did not answer.
        """
        question = {"do": do, **arguments}
        what = f"its hook {arguments['event'].replace('_', '-')}" if do == "fire" else f"'{do}'"
        return self._checked(
            self._heard(lambda: self._dialogue.ask(question, self._seconds + _GRACE), what),
            f"{what} cannot be run",
        )

    def fire(self, unit: str, event: str, **subject: Any) -> dict[str, Any]:
        """Run a hook; returns status and databags as ``Units.fire`` of the runner tells them."""
        done: dict[str, Any] = (
            self.ask("fire", unit=unit, event=event, seconds=self._seconds, **subject) or {}
        )
        return done

    def _heard(self, hear: Callable[[], dict[str, Any]], what: str) -> dict[str, Any]:
        try:
            return hear()
        except Unanswered as unanswered:
            cause = (
                f"{what} hangs: no end within {self._seconds:g} s (deadlines.start)"
                if isinstance(unanswered, Overdue)
                else f"its interpreter {self._source.interpreter} ended in {what}: {self._last_line()}"
            )
            raise self._broken(cause, self._dialogue.log()) from unanswered

    def _last_line(self) -> str:
        return next(iter(self._dialogue.log().splitlines()[::-1]), "no word")

    def _checked(self, answer: Mapping[str, Any], otherwise: str) -> Any:
        if "raised" in answer:
            raise HookRaised(answer["raised"], answer["traceback"])
        if "failed" in answer:
            cause = f"{otherwise}: {answer['failed']}"
            if answer["failed"].startswith(("ModuleNotFoundError", "ImportError")):
                cause += f" (run by {self._source.interpreter}; {_OTHER_INTERPRETER})"
            raise self._broken(cause, answer["traceback"])
        return answer["done"]

    def _broken(self, cause: str, log: str) -> CharmBroken:
        return CharmBroken(f"the charm {self._source.name}", cause, log)


@contextmanager
def running(
    home: RunDirectory, sources: Sequence[CharmSource], kubeconfig: Path, seconds: float
) -> Iterator[list[CharmProcess]]:
    """Runners for these charms, started side by side.

    Raises:
        CharmBroken: an interpreter or a charm cannot be used; the cause is one line, the log has the traceback.
    """
    with ExitStack() as stack:
        started = [
            stack.enter_context(_begin(home, number, source, kubeconfig, seconds))
            for number, source in enumerate(sources)
        ]
        yield [
            CharmProcess(source, dialogue, seconds) for source, dialogue in zip(sources, started, strict=True)
        ]


def _begin(
    home: RunDirectory, number: int, source: CharmSource, kubeconfig: Path, seconds: float
) -> Dialogue:
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("JUJU_", "PYTEST_"))},
        "KUBECONFIG": str(kubeconfig.absolute()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(
            home.path
        ),  # a runner that is stopped leaves what ops.testing and the charm had made there
    }
    argv = [str(source.interpreter), str(RUNNER), str(source.folder), str(seconds)]
    return Dialogue.begin(home, f"charm-{number}", argv, env=surroundings, cwd=home.path)
