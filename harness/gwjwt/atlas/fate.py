"""What became of one row of the atlas, in the words of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

ROW = "atlas"
"""The purpose of the entry in a run's evidence that tells what became of a row."""

_SHOWN = 80
"""Characters of a text from outside that a table shows."""


@dataclass(frozen=True)
class Fate:
    """What client and backend saw of it."""

    admitted: bool
    """Whether it arrived once, and the backend's own answer came back."""
    arrivals: int
    status: int | None
    body: str = ""
    """Of an answer that is not the backend's own."""
    failure: str = ""
    """Why there was no answer."""
    handed_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By mapped header: what the backend found in it."""
    token_too: bool = False
    """Whether the backend saw a token as well."""

    def as_json(self) -> dict[str, Any]:
        return {
            "admitted": self.admitted,
            "arrivals": self.arrivals,
            "status": self.status,
            "body": self.body,
            "failure": self.failure,
            "handedOn": {name: list(values) for name, values in self.handed_on.items()},
            "tokenToo": self.token_too,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what ``as_json`` has written."""
        return cls(
            admitted=content["admitted"],
            arrivals=content["arrivals"],
            status=content["status"],
            body=content["body"],
            failure=content["failure"],
            handed_on={name: tuple(values) for name, values in content["handedOn"].items()},
            token_too=content["tokenToo"],
        )

    def __str__(self) -> str:
        """One line: ``admitted, x-user: somebody``, or ``401 Jwt is expired``."""
        if self.admitted:
            handed = [
                f"{name}: {_shown(value)}" for name, values in self.handed_on.items() for value in values
            ]
            return ", ".join(["admitted", *handed, *(["the token too"] if self.token_too else [])])
        if self.arrivals:
            times = "once" if self.arrivals == 1 else f"{self.arrivals} times"
            return f"arrived {times} and {self._answer()}"
        return self._answer()

    def _answer(self) -> str:
        if self.status is None:
            return self.failure or "no answer"
        return f"{self.status} {_shown(self.body)}".strip()


def _shown(text: str) -> str:
    """The text on one line, with escapes for what is not printed; a long one by its start and its length."""
    line = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN // 2]}… ({len(text)} characters)"
