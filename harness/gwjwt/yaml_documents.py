"""YAML in and out of templates: documents read fast, values written so that every YAML reader takes them."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, NamedTuple

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
    return [each.content for each in placed_documents(text)]


class Placed(NamedTuple):
    """A document with the line, from 1, in which it begins."""

    line: int
    content: Any
    node: yaml.Node

    def lines_of(self, key: str) -> list[int]:
        """The lines in which the items of a list below the document begin; empty if there is no such list."""
        members = self.node.value if isinstance(self.node, yaml.MappingNode) else []
        lists = [
            value for name, value in members if name.value == key and isinstance(value, yaml.SequenceNode)
        ]
        return [item.start_mark.line + 1 for each in lists for item in each.value]


def placed_documents(text: str) -> list[Placed]:
    """The documents in a text, empty ones left out, with their places.

    Raises:
        yaml.YAMLError: with the line and the column.
    """
    loader = Loader(text)
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            found.append(Placed(node.start_mark.line + 1, loader.construct_document(node), node))
    finally:
        loader.dispose()
    return [each for each in found if each.content is not None]


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
