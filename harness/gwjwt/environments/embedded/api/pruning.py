"""Bringing an object into the shape of its schema: unknown fields go, defaults come.

Source: Kubernetes documentation, "Field pruning" and "Defaulting" of CustomResourceDefinitions.
"""

from __future__ import annotations

import copy
from typing import Any

from gwjwt.environments.embedded.api.schema import Schema


def conform(schema: Schema, value: Any, path: str, unknown: list[str], *, defaults: bool = True) -> Any:
    """A copy of ``value`` without the fields that the schema does not know and, if wanted, with its defaults.

    The paths of dropped fields are added to ``unknown``. Values of the wrong type stay as they are: that is for the
    validation to say.
    """
    if isinstance(value, dict):
        if not schema.properties and schema.additional is None:
            if schema.preserve or schema.type is None:
                return value
            unknown.extend(f"{path}.{name}" if path else name for name in value)
            return {}
        return _conform_object(schema, value, path, unknown, defaults)
    if isinstance(value, list) and schema.items is not None:
        items = schema.items
        return [
            conform(items, item, f"{path}[{index}]", unknown, defaults=defaults)
            for index, item in enumerate(value)
        ]
    return value


def _conform_object(
    schema: Schema, value: dict[str, Any], path: str, unknown: list[str], defaults: bool
) -> dict[str, Any]:
    known, additional = schema.properties, schema.additional
    shaped: dict[str, Any] = {}
    for name, child in value.items():
        below = known.get(name) or additional
        if below is None:
            if schema.preserve or (schema.embedded and name in {"apiVersion", "kind", "metadata"}):
                shaped[name] = child
            else:
                unknown.append(f"{path}.{name}" if path else name)
        elif child is None and not below.nullable and name in known and (below.type or below.has_default):
            continue
        elif isinstance(child, dict | list):
            shaped[name] = conform(
                below, child, f"{path}.{name}" if path else name, unknown, defaults=defaults
            )
        else:
            shaped[name] = child
    for name, below in schema.with_defaults if defaults else ():
        if name not in shaped:
            shaped[name] = conform(below, copy.deepcopy(below.default), path, unknown)
    return shaped
