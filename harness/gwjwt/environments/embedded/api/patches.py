"""JSON patch, merge patch and strategic merge patch.

Source: RFC 6902, RFC 7386, and "Notes on the strategic merge patch" of the Kubernetes API conventions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import jsonpatch
from jsonpointer import JsonPointer, JsonPointerException

from gwjwt.environments.embedded.api.errors import ApiRefusal, BadRequest, NotImplementedHere, Unknown
from gwjwt.environments.embedded.api.resources import Manifest
from gwjwt.environments.embedded.api.schema import Schema

_OPEN = Schema(preserve=True)


class PatchDoesNotApply(ApiRefusal):
    """A JSON patch whose test failed, or that points at nothing."""

    code, reason = 422, "Invalid"

    def __init__(self) -> None:
        super().__init__("the server rejected our request due to an error in our request", {})


def json_patch(patch: Any, manifest: Manifest) -> Any:
    """RFC 6902: the operations one after the other, all or nothing.

    Raises:
        BadRequest, PatchDoesNotApply: it is no JSON patch, or cannot be applied to this object.
    """
    if not isinstance(patch, list):
        raise BadRequest(
            f"error decoding patch: json: cannot unmarshal {go_type(patch)} into Go value of type "
            "[]handlers.jsonPatchOp"
        )
    patched: Any = manifest
    try:
        for operation in patch:
            patched = jsonpatch.JsonPatch([_lenient(operation, patched)]).apply(patched)
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError) as error:
        raise PatchDoesNotApply from error
    return patched


def _lenient(operation: Any, document: Any) -> Any:
    """The API server lets ``replace`` set a field that an object does not have, which RFC 6902 forbids."""
    if not isinstance(operation, dict) or operation.get("op") != "replace":
        return operation
    parent, name = JsonPointer(operation.get("path", "")).to_last(document)
    absent = isinstance(parent, dict) and name is not None and name not in parent
    return {**operation, "op": "add"} if absent else operation


def go_type(value: Any) -> str:
    """What Go's JSON decoder calls a value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "number"


def merge_patch(patch: Any, value: Any) -> Any:
    """RFC 7386: objects merge, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(change, merged.get(name))
    return merged


def strategic_merge_patch(schema: Schema, patch: Any, value: Any) -> Any:
    """A merge patch that merges the items of keyed lists, with the directives that kubectl sends.

    Raises:
        BadRequest, NotImplementedHere: a directive is wrong, or not known here.
    """
    if isinstance(patch, dict) and (isinstance(value, dict) or value is None):
        return _merge_maps(schema, patch, value or {})
    return copy.deepcopy(patch)


def _merge_maps(schema: Schema, patch: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    directive = patch.get("$patch")
    if directive == "replace":
        return {name: change for name, change in patch.items() if name != "$patch"}
    if directive == "delete":
        return {}
    if directive not in {None, "merge"}:
        raise BadRequest(f"unknown patch type found: {directive}")
    merged = dict(value)
    if "$retainKeys" in patch:
        merged = {name: child for name, child in merged.items() if name in patch["$retainKeys"]}
    for name, change in patch.items():
        below = schema.child(name) or _OPEN
        if name.startswith("$"):
            _apply_directive(name, change, merged)
        elif change is None:
            merged.pop(name, None)
        elif isinstance(change, dict) and "$patch" in change and merged.get(name) is None:
            continue  # there is nothing that the directive could speak of, and an API server drops all of it
        elif isinstance(change, list):
            merged[name] = _merge_lists(below, change, merged.get(name) or [])
        else:
            merged[name] = strategic_merge_patch(below, change, merged.get(name))
    _reorder(schema, patch, merged)
    return merged


def _reorder(schema: Schema, patch: Mapping[str, Any], merged: dict[str, Any]) -> None:
    """Follow the directives that say in which order the items of a list stand."""
    for name, order in patch.items():
        target = name.removeprefix("$setElementOrder/")
        if target != name and isinstance(merged.get(target), list):
            merged[target] = _ordered(schema.child(target) or _OPEN, merged[target], order)


def _apply_directive(name: str, change: Any, merged: dict[str, Any]) -> None:
    if name.startswith("$deleteFromPrimitiveList/"):
        target = name.partition("/")[2]
        merged[target] = [item for item in merged.get(target, []) if item not in change]
    elif name not in {"$patch", "$retainKeys"} and not name.startswith("$setElementOrder/"):
        raise NotImplementedHere(f"the strategic merge patch directive {name}")


def _merge_lists(schema: Schema, patch: list[Any], value: list[Any]) -> list[Any]:
    if schema.list_type == "set":
        return _interleaved(patch, [item for item in value if item not in patch], value)
    if schema.list_type != "map":
        return copy.deepcopy(patch)
    if {"$patch": "replace"} in patch:
        return [item for item in patch if item != {"$patch": "replace"}]
    key = schema.list_keys[0]
    items = schema.items or _OPEN
    ours = {item.get(key): item for item in value}
    theirs: dict[Any, Any] = {}
    for change in patch:
        if key not in change:
            shown = " ".join(f"{name}:{one}" for name, one in change.items())
            raise Unknown(f"map: map[{shown}] does not contain declared merge key: {key}")
        if change.get("$patch") == "delete":
            ours.pop(change[key], None)
        else:
            theirs[change[key]] = _merge_maps(items, change, ours.get(change[key], {}))
    places = _interleaved(list(theirs), [one for one in ours if one not in theirs], [*ours])
    return [theirs.get(one, ours.get(one)) for one in places]


def _interleaved(patch: list[Any], others: list[Any], live: list[Any]) -> list[Any]:
    """The items of the patch in its order, and the others before the first one that stands behind them in ``live``.

    Source: ``mergeSortedSlice`` of ``k8s.io/apimachinery/pkg/util/strategicpatch``.
    """
    merged: list[Any] = []
    waiting = list(others)
    for item in patch:
        while waiting and item in live and live.index(waiting[0]) < live.index(item):
            merged.append(waiting.pop(0))
        merged.append(item)
    return merged + waiting


def _ordered(schema: Schema, value: list[Any], order: list[Any]) -> list[Any]:
    """The items in the order that the patch names; others keep their place behind them."""
    if schema.list_type == "map":
        key = schema.list_keys[0]
        places = {item.get(key): place for place, item in enumerate(order)}
        return sorted(value, key=lambda item: places.get(item.get(key), len(places)))
    return sorted(value, key=lambda item: order.index(item) if item in order else len(order))
