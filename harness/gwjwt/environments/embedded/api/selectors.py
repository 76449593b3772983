"""Label and field selectors.

Source: Kubernetes documentation, "Labels and Selectors" and "Field Selectors".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.label_selectors import requirements
from gwjwt.environments.embedded.api.resources import Manifest, Resource

Selects = Callable[[Manifest], bool]


def label_selector(text: str) -> Selects | None:
    """The test for a ``labelSelector`` parameter; None when it is empty and everything passes.

    Raises:
        BadRequest: it cannot be parsed.
    """
    if not text.strip():
        return None
    tests = requirements(text)

    def selects(manifest: Manifest) -> bool:
        labels = manifest["metadata"].get("labels") or {}
        return all(test(labels) for test in tests)

    return selects


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
            raise BadRequest(_not_selectable(name, resource))
        wanted.append((tuple(name.split(".")), value, operator != "!="))

    def selects(manifest: Manifest) -> bool:
        return all((_field(manifest, path) == value) is equal for path, value, equal in wanted)

    return selects


def _not_selectable(name: str, resource: Resource) -> str:
    """Kinds without fields of their own, custom ones and the others say it in different words."""
    if resource.habits.custom or resource.habits.selectable:
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _field_requirement(part: str, text: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        name, found, value = part.partition(operator)
        if found:
            return name.strip(), operator, value.strip()
    raise BadRequest(f"invalid selector: '{text}'; can't understand '{part}'")


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
