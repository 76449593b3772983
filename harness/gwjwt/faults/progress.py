"""How far the kill matrix is: a bar on a terminal, a line for each fault elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from gwjwt.faults.catalogue import fault_named
from gwjwt.reporting.terminal import is_live

if TYPE_CHECKING:
    from gwjwt.faults.matrix import Outcome

Tell = Callable[["Outcome"], None]


@contextmanager
def matrix_progress(stream: TextIO, planned: Sequence[tuple[str, str]], *, quiet: bool) -> Iterator[Tell]:
    """What takes each outcome as it comes."""
    if quiet:
        yield lambda _: None
    elif is_live(stream):
        with _bar(stream, len(planned)) as tell:
            yield tell
    else:
        stream.write(
            f"running {len(planned)} scenarios under {len({fault for fault, _ in planned})} faults\n"
        )
        yield _Lines(stream, planned)


class _Lines:
    """``noticed 3 of 5 NAME`` when the last scenario of a fault has ended."""

    def __init__(self, stream: TextIO, planned: Sequence[tuple[str, str]]) -> None:
        self._stream = stream
        self._expected = Counter(fault for fault, _ in planned)
        self._done: Counter[str] = Counter()
        self._noticed: Counter[str] = Counter()

    def __call__(self, outcome: Outcome) -> None:
        name = outcome.fault
        self._done[name] += 1
        self._noticed[name] += outcome.verdict is fault_named(name).seen_as
        if self._done[name] == self._expected[name]:
            self._stream.write(f"noticed by {self._noticed[name]} of {self._done[name]}: {name}\n")
            self._stream.flush()


@contextmanager
def _bar(stream: TextIO, total: int) -> Iterator[Tell]:
    from rich.console import Console  # only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(file=stream, highlight=False), transient=True) as progress:
        task = progress.add_task("starting", total=total)
        yield lambda outcome: progress.update(task, advance=1, description=outcome.fault)
