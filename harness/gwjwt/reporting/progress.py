"""Live progress: a bar on a terminal, a line for each scenario elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from gwjwt.reporting.events import (
    Event,
    RunProblem,
    ScenarioFinished,
    ScenariosSelected,
    ScenarioStarted,
)
from gwjwt.reporting.summary import style_of
from gwjwt.reporting.terminal import is_live
from gwjwt.reporting.verdict import Verdict

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressView(Protocol):
    """A sink of events that shows how far the run is, and puts the terminal right when it is left."""

    def __call__(self, event: Event) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress_view(stream: TextIO, *, quiet: bool) -> ProgressView:
    """The view that fits the stream."""
    if quiet:
        return SilentProgress()
    return LiveProgress(stream) if is_live(stream) else PlainProgress(stream)


class SilentProgress:
    def __call__(self, event: Event) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PlainProgress(SilentProgress):
    """``passed 0.02s <scenario id>`` for each scenario, as it ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        match event:
            case ScenariosSelected():
                self._write(f"running {event.count} scenarios")
            case ScenarioFinished():
                self._write(f"{event.verdict} {event.duration:.2f}s {event.id}")
            case RunProblem():
                self._write(f"error {event.what}")

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class LiveProgress:
    """A bar with the scenario that runs now; what does not pass stays on the screen above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        from rich.console import Console  # only on a terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(file=self._stream, highlight=False),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("starting", total=None)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, event: Event) -> None:
        if self._progress is None or self._task is None:
            return
        match event:
            case ScenariosSelected():
                self._progress.update(self._task, total=event.count)
            case ScenarioStarted():
                self._progress.update(self._task, description=event.id)
            case ScenarioFinished():
                self._progress.advance(self._task)
                if event.verdict is not Verdict.PASSED:
                    self._say(f"{event.verdict} {event.id}", style_of(event.verdict))
            case RunProblem():
                self._say(f"error {event.what}", "red")

    def _say(self, text: str, style: str) -> None:
        if self._progress is not None:
            self._progress.console.print(text, style=style, markup=False, soft_wrap=True)
