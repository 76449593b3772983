"""What pydantic finds wrong with a file that a user wrote, in words for somebody who knows YAML and not Python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

Path = tuple[int | str, ...]

_MUST_BE = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
    "frozen_set_type": "a list",
    "string_type": "text",
    "path_type": "a path",
    "float_type": "a number",
    "bool_type": "true or false",
    "too_short": "a list that is not empty",
}
"""Where pydantic's own message speaks of Python's types."""


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong: where, and what; ``unknown`` is a key that nobody asked for."""

    path: Path
    words: str
    unknown: bool = False
    choices: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """The path as a user would write it: ``driver.conditions[0].kind``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text or "file"


def first_problem(error: ValidationError, *above: str) -> Problem:
    """The problem to tell first, its path below ``above``.

    A misspelt key is told before the key that is missing because of it.
    """
    found = error.errors()
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    path = (*above, *first["loc"])
    match first["type"]:
        case "extra_forbidden":
            return Problem(path, "unknown key", unknown=True)
        case "missing":
            return Problem(path, "is missing")
        case "invalid_key":
            key = first["loc"][-2] if len(first["loc"]) > 1 else first["input"]
            return Problem((*above, *first["loc"][:-2]), f"the key {_shown(key)} must be text")
        case "literal_error":
            choice = str(first["ctx"]["expected"]).strip("'")
            return Problem(path, f"is {_shown(first['input'])}", choices=(choice,))
        case _:
            return Problem(path, _expectation(first))


def _expectation(detail: ErrorDetails) -> str:
    value = detail["input"]
    needed = _MUST_BE.get(detail["type"])
    said = f"must be {needed}" if needed else detail["msg"].replace("Input should", "must", 1)
    if value is None:
        return f"{said}, but is empty"
    cure = "; put it in quotes" if needed == "text" and not isinstance(value, (dict, list)) else ""
    return f"{said}, but is {_shown(value)}{cure}"


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):  # a date, or a mapping that holds itself
        return str(value)
