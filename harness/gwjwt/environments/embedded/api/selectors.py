"""Label and field selectors.

Source: Kubernetes documentation, "Labels and Selectors" and "Field Selectors".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.names import label_key_problems, label_value_problems
from gwjwt.environments.embedded.api.resources import Manifest, Resource

Selects = Callable[[Manifest], bool]
_LabelTest = Callable[[Mapping[str, str]], bool]

_EQUALITY = re.compile(r"^\s*([^\s!=<>(),]+)\s*(==|=|!=)\s*([^\s!=<>(),]*)\s*$")
_SET = re.compile(r"^\s*([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$")
_PRESENCE = re.compile(r"^\s*(!?)\s*([^\s!=<>(),]+)\s*$")
_ORDER = re.compile(r"^\s*([^\s!=<>(),]+)\s*([<>])\s*(-?[0-9]+)\s*$")


def label_selector(text: str) -> Selects | None:
    """The test for a ``labelSelector`` parameter; None when it is empty and everything passes.

    Raises:
        BadRequest: it cannot be parsed.
    """
    if not text.strip():
        return None
    tests = [_label_test(part, text) for part in _split(text)]

    def selects(manifest: Manifest) -> bool:
        labels = manifest["metadata"].get("labels") or {}
        return all(test(labels) for test in tests)

    return selects


def _split(text: str) -> list[str]:
    """The requirements: parts at commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _label_test(requirement: str, text: str) -> _LabelTest:
    if found := _EQUALITY.match(requirement):
        key, operator, value = found.groups()
        _check(key, [value], text)
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found := _SET.match(requirement):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        _check(key, list(values), text)
        if operator == "notin":
            return lambda labels: labels.get(key) not in values
        return lambda labels: labels.get(key) in values
    if found := _ORDER.match(requirement):
        key, operator, bound = found.group(1), found.group(2), int(found.group(3))
        _check(key, [], text)
        return lambda labels: _compares(labels.get(key), operator, bound)
    if found := _PRESENCE.match(requirement):
        absent, key = found.groups()
        _check(key, [], text)
        return lambda labels: (key in labels) is not bool(absent)
    raise BadRequest(
        f'unable to parse requirement: found "{requirement.strip()}" in the label selector "{text}"'
    )


def _compares(value: str | None, operator: str, bound: int) -> bool:
    if value is None or not re.fullmatch(r"-?[0-9]+", value):
        return False
    return int(value) > bound if operator == ">" else int(value) < bound


def _check(key: str, values: list[str], text: str) -> None:
    problems = label_key_problems(key)
    for value in values:
        problems += label_value_problems(value)
    if problems:
        raise BadRequest(f'unable to parse requirement: the label selector "{text}": {problems[0]}')


def field_selector(text: str, resource: Resource) -> Selects | None:
    """The test for a ``fieldSelector`` parameter; None when it is empty and everything passes.

    Raises:
        BadRequest: it cannot be parsed, or the kind has no such selectable field.
    """
    if not text:
        return None
    wanted: list[tuple[tuple[str, ...], str, bool]] = []
    allowed = {
        "metadata.name",
        *(("metadata.namespace",) if resource.namespaced else ()),
        *resource.habits.selectable,
    }
    for part in text.split(","):
        name, operator, value = _field_requirement(part, text)
        if name not in allowed:
            raise BadRequest(
                f'Unable to find "{resource.api_version}, Resource={resource.plural}" that match label selector "", '
                f'field selector "{text}": field label not supported: {name}'
            )
        wanted.append((tuple(name.split(".")), value, operator != "!="))

    def selects(manifest: Manifest) -> bool:
        return all((_field(manifest, path) == value) is equal for path, value, equal in wanted)

    return selects


def _field_requirement(part: str, text: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        name, found, value = part.partition(operator)
        if found:
            return name.strip(), operator, value.strip()
    raise BadRequest(f'invalid field selector: "{text}"; can\'t understand "{part}"')


def _field(manifest: Any, path: tuple[str, ...]) -> str:
    value = manifest
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def both(one: Selects | None, other: Selects | None) -> Selects | None:
    """The test that passes what both pass."""
    if one is None or other is None:
        return one or other
    return lambda manifest: one(manifest) and other(manifest)
