"""JSON objects that remember which of their fields were sent twice.

Source: Kubernetes documentation, "Kubernetes API Concepts", section "Field validation".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class JsonObject(dict[str, Any]):
    """An object with the names that stood in it more than once; the last value counts."""

    twice: tuple[str, ...] = ()


def read_json(raw: bytes) -> Any:
    """The value in a text.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(raw, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    made = JsonObject(plain)
    names = [name for name, _ in pairs]
    made.twice = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return made


def as_plain(value: Any) -> Any:
    """The value without what its objects remember."""
    return json.loads(json.dumps(value))


def duplicates(value: Any) -> list[str]:
    """The paths of the fields that were sent twice."""
    return list(_duplicates(value, ""))


def _duplicates(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, JsonObject):
        for name in value.twice:
            yield f"{path}.{name}" if path else name
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _duplicates(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _duplicates(child, f"{path}[{index}]")
