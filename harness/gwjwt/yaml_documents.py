"""YAML in and out of templates: documents read fast, values written so that every YAML reader takes them."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml was built in
_BASIC_PLANE = 0xFFFF
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


def documents(text: str) -> list[Any]:
    """The documents in a text, empty ones left out.

    Raises:
        yaml.YAMLError: with the line and the column.
    """
    loader = _LOADER(text)
    found = []
    try:
        while loader.check_data():
            found.append(loader.get_data())
    finally:
        loader.dispose()
    return [each for each in found if each is not None]


def quoted(value: object) -> str:
    """Any JSON value as one line of YAML, with everything that is not plain ASCII escaped."""
    return _NOT_PLAIN.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"
