"""YAML in and out of templates: documents read fast, values written so that every YAML reader takes them."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import yaml

_DATE = "tag:yaml.org,2002:timestamp"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # ten times faster with libyaml
    """Reads JSON's types only, as Kubernetes does: what looks like a date is text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_BASIC_PLANE = 0xFFFF
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


def documents(text: str) -> list[Any]:
    """The documents in a text, empty ones left out.

    Raises:
        yaml.YAMLError: with the line and the column.
    """
    return [content for _, content in placed_documents(text)]


def placed_documents(text: str) -> list[tuple[int, Any]]:
    """The documents in a text, empty ones left out, each with the line, from 1, in which it begins.

    Raises:
        yaml.YAMLError: with the line and the column.
    """
    loader = Loader(text)
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            found.append((node.start_mark.line + 1, loader.construct_document(node)))
    finally:
        loader.dispose()
    return [(line, content) for line, content in found if content is not None]


def document(text: str) -> Any:
    """The one document in a text, or None if there is none.

    Raises:
        yaml.YAMLError: with the line and the column; also for a second document.
    """
    loader = Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def yaml_problem(error: yaml.YAMLError) -> tuple[int, str]:
    """The line, from 1, and what is wrong there, in one line of words."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 1, " ".join(str(error).split())
    said = [error.context, error.problem]
    return error.problem_mark.line + 1, ", ".join(each for each in said if each)


def quoted(value: object) -> str:
    """Any JSON value as one line of YAML, with everything that is not plain ASCII escaped."""
    return _NOT_PLAIN.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"
