"""Walking objects along their schema, as server-side apply does: which fields are there, what changed, what merges.

A list is one value (atomic) unless its schema makes it a set or a map; a map merges field by field unless it is atomic;
where the schema does not know a field (``x-kubernetes-preserve-unknown-fields``), lists are atomic and maps merge.

Source: ``sigs.k8s.io/structured-merge-diff`` (typed), and Kubernetes documentation, "Server-Side Apply", section "Merge
strategy".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gwjwt.environments.embedded.api.field_sets import FieldSet, children, node, union
from gwjwt.environments.embedded.api.schema import Schema

_OPEN = Schema(preserve=True)
_NOTHING: Any = object()
"""Stands for a value that is not there (None is one that is)."""


@dataclass(frozen=True)
class Changes:
    """What tells two versions of an object apart."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet

    @property
    def set_fields(self) -> FieldSet:
        return union(self.modified, self.added)


def fields_of(schema: Schema, value: dict[str, Any]) -> FieldSet:
    """The fields that a configuration states, which is what its applier owns."""
    return _stated(schema, value)


def _stated(schema: Schema, value: Any) -> FieldSet:
    """The members below a value. A value without parts that can be owned has none: its parent makes it a leaf."""
    found: FieldSet = {}
    if isinstance(value, dict) and not schema.atomic_map:
        for name, child in value.items():
            declared = schema.properties.get(name)
            below = declared or schema.additional or _OPEN
            inner = _stated(below, child) if _is_granular(below, child) else {}
            # Members of a map are owned themselves, fields of a structure only through what is in them.
            made = node(member=declared is None or not inner, below=inner)
            found[f"f:{name}"] = {} if made is None else made
    elif isinstance(value, list) and schema.list_type != "atomic":
        items = schema.items or _OPEN
        for item in value:
            inner = _stated(items, item) if _is_granular(items, item) else {}
            made = node(member=True, below=inner)
            found[_item_key(schema, item)] = {} if made is None else made
    return found


def _is_granular(schema: Schema, value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and not schema.atomic_map
    return isinstance(value, list) and schema.list_type != "atomic" and bool(value)


def _item_key(schema: Schema, item: Any) -> str:
    if schema.list_type == "map" and isinstance(item, dict):
        keys: dict[str, Any] = {}
        for name in sorted(schema.list_keys):
            below = schema.items.properties.get(name) if schema.items else None
            if name in item:
                keys[name] = item[name]
            elif below is not None and below.has_default:
                keys[name] = below.default
        return f"k:{json.dumps(keys, separators=(',', ':'))}"
    return f"v:{json.dumps(item, separators=(',', ':'))}"


def compare(schema: Schema, old: dict[str, Any], new: dict[str, Any]) -> Changes:
    """The fields that were added, changed and removed from ``old`` to ``new``."""
    found: tuple[FieldSet, FieldSet, FieldSet] = ({}, {}, {})
    if old != new:
        _compare_maps(schema, old, new, found)
    return Changes(*found)


def _compare_maps(
    schema: Schema, old: dict[str, Any], new: dict[str, Any], found: tuple[FieldSet, FieldSet, FieldSet]
) -> None:
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name, _NOTHING), new.get(name, _NOTHING)
        if before is after or before == after:
            continue
        _compare(schema.child(name) or _OPEN, f"f:{name}", before, after, found)


def _compare(
    schema: Schema, key: str, old: Any, new: Any, found: tuple[FieldSet, FieldSet, FieldSet]
) -> None:
    """Put what lies between two different values under ``key`` of the three sets."""
    example = old if new is _NOTHING else new
    same_form = old is _NOTHING or new is _NOTHING or type(old) is type(new)
    inner: tuple[FieldSet, FieldSet, FieldSet] = ({}, {}, {})
    granular = same_form and isinstance(example, dict) and not schema.atomic_map
    if granular:
        _compare_maps(schema, {} if old is _NOTHING else old, {} if new is _NOTHING else new, inner)
    elif same_form and isinstance(example, list) and schema.list_type != "atomic":
        granular = True
        _compare_items(schema, [] if old is _NOTHING else old, [] if new is _NOTHING else new, inner)
    members = (
        old is _NOTHING,
        old is not _NOTHING and new is not _NOTHING and not granular,
        new is _NOTHING,
    )
    for total, below, member in zip(found, inner, members, strict=True):
        made = node(member=member, below=below)
        if made is not None:
            total[key] = made


def _compare_items(
    schema: Schema, old: list[Any], new: list[Any], found: tuple[FieldSet, FieldSet, FieldSet]
) -> None:
    items = schema.items or _OPEN
    before = {_item_key(schema, item): item for item in old}
    after = {_item_key(schema, item): item for item in new}
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key, _NOTHING), after.get(key, _NOTHING)
        if one != other:
            _compare(items, key, one, other, found)


def merge(schema: Schema, live: Any, applied: Any) -> Any:
    """The live value with the applied one laid over it."""
    if isinstance(live, dict) and isinstance(applied, dict) and not schema.atomic_map:
        merged = dict(live)
        for name, value in applied.items():
            below = schema.child(name) or _OPEN
            merged[name] = merge(below, live[name], value) if name in live else value
        return merged
    if isinstance(live, list) and isinstance(applied, list) and schema.list_type != "atomic":
        return _merge_items(schema, live, applied)
    return applied


def _merge_items(schema: Schema, live: list[Any], applied: list[Any]) -> list[Any]:
    """Items by their keys; the order is the applied one, with live-only items where they stood between the others."""
    items = schema.items or _OPEN
    ours = {_item_key(schema, item): item for item in live}
    theirs = {_item_key(schema, item): item for item in applied}
    waiting = list(ours)
    merged: list[Any] = []
    order = list(theirs)
    shared = [key for key in order if key in ours]
    left, right = 0, 0
    while left < len(waiting) or right < len(order):
        key = waiting[left] if left < len(waiting) else None
        if key is not None and key not in theirs:
            merged.append(ours[key])
            left += 1
        elif key is not None and right < len(order) and key in theirs and (not shared or key != shared[0]):
            left += 1
        elif right < len(order):
            wanted = order[right]
            merged.append(merge(items, ours[wanted], theirs[wanted]) if wanted in ours else theirs[wanted])
            right += 1
            if shared and shared[0] == wanted:
                shared.pop(0)
                left += wanted == key
        else:
            left += 1
    return merged


def remove_abandoned(schema: Schema, value: Any, given_up: FieldSet, owned: FieldSet) -> Any:
    """The value without the fields of ``given_up`` that nobody owns any more.

    A container in which nobody owns anything goes as a whole, with the defaults in it.
    """
    if isinstance(value, dict):
        return _remove_fields(schema, value, given_up, owned)
    if isinstance(value, list):
        return _remove_items(schema, value, given_up, owned)
    return value


def _remove_fields(
    schema: Schema, value: dict[str, Any], given_up: FieldSet, owned: FieldSet
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, child in value.items():
        key = f"f:{name}"
        left = _left_of(schema.child(name) or _OPEN, child, given_up.get(key), owned.get(key))
        if left is not _NOTHING:
            kept[name] = left
    return kept


def _remove_items(schema: Schema, value: list[Any], given_up: FieldSet, owned: FieldSet) -> list[Any]:
    kept: list[Any] = []
    items = schema.items or _OPEN
    for item in value:
        key = _item_key(schema, item) if schema.list_type != "atomic" else ""
        left = _left_of(items, item, given_up.get(key), owned.get(key))
        if left is _NOTHING:
            continue
        if isinstance(left, dict) and isinstance(item, dict):
            # An item that stays keeps its keys, whoever owned them.
            left = {**{name: item[name] for name in schema.list_keys if name in item}, **left}
        kept.append(left)
    return kept


def _left_of(schema: Schema, value: Any, given_up: FieldSet | None, owned: FieldSet | None) -> Any:
    if given_up is None:
        return value
    if owned is None:
        return _NOTHING
    below = children(given_up)
    return remove_abandoned(schema, value, below, children(owned)) if below else value
