"""Lines on a terminal or in a file; colour only where a terminal shows it and ``NO_COLOR`` allows it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True)
class Styled:
    """A line and its style in rich's words; the style is lost off the terminal."""

    text: str
    style: str = ""


def is_live(stream: TextIO) -> bool:
    """Whether somebody watches: a terminal that can redraw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def write_lines(lines: Iterable[Styled], stream: TextIO) -> None:
    """Write the lines as they are, unwrapped, so that the output stays searchable."""
    if not stream.isatty():
        stream.writelines(f"{line.text}\n" for line in lines)
        stream.flush()
        return
    from rich.console import Console  # only on a terminal
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))
