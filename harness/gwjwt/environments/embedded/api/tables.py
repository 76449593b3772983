"""Objects as rows of a Table (what ``kubectl get`` prints), and as bare metadata.

Source: Kubernetes documentation, "Kubernetes API Concepts", section "Receiving resources as Tables"; printer columns of
CustomResourceDefinitions.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable
from typing import Any

from gwjwt.environments.embedded.api.resources import Column, Manifest, Resource

_AGE = Column("Age", "date", ".metadata.creationTimestamp", "How long the object has been there.")
_STEP = re.compile(r"\.([^.\[\]]+)|\[\*\]|\[\?\(@\.([\w.]+)\s*==\s*[\"']([^\"']*)[\"']\)\]|\[(\d+)\]")
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def as_table(
    resource: Resource, items: Iterable[Manifest], metadata: dict[str, Any], include: str
) -> Manifest:
    """A Table of objects. ``include`` says what of an object a row carries: ``None``, ``Metadata`` or ``Object``."""
    columns = _columns(resource)
    rows = []
    for one in items:
        cells = [one["metadata"]["name"], *(_cell(column, one) for column in columns)]
        row: dict[str, Any] = {"cells": cells}
        if include == "Object":
            row["object"] = one
        elif include != "None":
            row["object"] = as_metadata(one)
        rows.append(row)
    definitions = [
        {
            "name": "Name",
            "type": "string",
            "format": "name",
            "description": "Name of the object.",
            "priority": 0,
        },
        *(
            {
                "name": column.name,
                "type": "string" if column is _AGE else column.type,
                "format": "",
                "description": column.description,
                "priority": column.priority,
            }
            for column in columns
        ),
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    }


def as_metadata(manifest: Manifest) -> Manifest:
    """An object without all but its metadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": manifest["metadata"],
    }


def _columns(resource: Resource) -> list[Column]:
    if resource.habits.custom:
        return list(resource.columns) or [_AGE]
    has_age = any(column.type == "date" for column in resource.columns)
    return [*resource.columns, *(() if has_age else (_AGE,))]


def _cell(column: Column, manifest: Manifest) -> Any:
    found = _follow(column.path, manifest)
    if not found:
        return None if column.type != "string" else ""
    if column.type == "date":
        return _age(found[0])
    if column.type in {"integer", "number", "boolean"}:
        return found[0]
    return ",".join(value if isinstance(value, str) else _shown(value) for value in found)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ",".join(f'"{item}"' if isinstance(item, str) else _shown(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _follow(path: str, manifest: Manifest) -> list[Any]:
    """The values under a simple JSONPath: fields, ``[*]``, an index, and a filter on equality."""
    values: list[Any] = [manifest]
    for field, condition, wanted, index in _STEP.findall(path):
        following: list[Any] = []
        for value in values:
            if field:
                following += [value[field]] if isinstance(value, dict) and field in value else []
            elif isinstance(value, list):
                items = value[int(index) : int(index) + 1] if index else value
                following += [one for one in items if not condition or str(one.get(condition)) == wanted]
        values = following
    return values


def _age(timestamp: str) -> str:
    """How long ago that was, in the two largest units that kubectl shows."""
    seconds = max(0, int(time.time()) - calendar.timegm(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ")))
    if seconds < 120:  # noqa: PLR2004 - up to two minutes kubectl counts seconds
        return f"{seconds}s"
    for size, unit in _UNITS:
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            smaller = {"d": (3600, "h"), "h": (60, "m"), "m": (1, "s")}.get(unit)
            if smaller and whole < 10 and rest // smaller[0]:  # noqa: PLR2004 - beyond that the small unit is left out
                return f"{whole}{unit}{rest // smaller[0]}{smaller[1]}"
            return f"{whole}{unit}"
    return "0s"
