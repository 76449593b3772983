"""Who owns which field: ``metadata.managedFields``, kept on every write and consulted by server-side apply.

Source: Kubernetes documentation, "Server-Side Apply"; the rules are those of ``sigs.k8s.io/structured-merge-diff``
(merge) and ``k8s.io/apimachinery/pkg/util/managedfields``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gwjwt.environments.embedded.api.errors import ApplyConflict
from gwjwt.environments.embedded.api.field_sets import (
    FieldSet,
    difference,
    intersection,
    paths,
    union,
    without,
)
from gwjwt.environments.embedded.api.schema import Schema
from gwjwt.environments.embedded.api.structured_merge import (
    Changes,
    compare,
    fields_of,
    merge,
    remove_abandoned,
)

_TRACKED_METADATA = ("labels", "annotations", "finalizers", "ownerReferences", "generateName")

_ALWAYS_OWNED: FieldSet = {"f:metadata": {}}
"""Every applier states at least a name there."""


@dataclass(frozen=True)
class Manager:
    """A writer of fields. Two appliers of one name are the same whatever version they apply."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        version = "" if self.operation == "Apply" else self.api_version
        return self.name, self.operation, version, self.subresource

    def __str__(self) -> str:
        text = json.dumps(self.name)
        if self.subresource:
            text += f" with subresource {json.dumps(self.subresource)}"
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


@dataclass(frozen=True)
class Ownership:
    """What one manager owns, and since when."""

    manager: Manager
    fields: FieldSet
    time: str


Owners = dict[tuple[str, str, str, str], Ownership]


def read_owners(metadata: Mapping[str, Any]) -> Owners:
    """The owners that an object's metadata lists."""
    owners: Owners = {}
    for entry in metadata.get("managedFields") or ():
        manager = Manager(
            entry.get("manager", ""),
            entry["operation"],
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )
        owners[manager.identity] = Ownership(manager, entry.get("fieldsV1", {}), entry.get("time", ""))
    return owners


def are_reset(metadata: Mapping[str, Any]) -> bool:
    """Whether a write takes the list of owners away: it sends none, or one empty entry."""
    entries = metadata.get("managedFields")
    return entries in ([], [{}])


def before_first_apply(schema: Schema, live: dict[str, Any], api_version: str, now: str) -> Owners:
    """The owner that stands in for all earlier writers of an object that had no list of owners."""
    fields = compare(schema, {"metadata": {}}, live).set_fields
    manager = Manager("before-first-apply", "Update", api_version)
    return {manager.identity: Ownership(manager, fields, now)} if fields else {}


def as_entries(owners: Owners) -> list[dict[str, Any]]:
    """The list for the metadata, appliers first, then by time and name."""
    entries = []
    for owner in sorted(owners.values(), key=_listing_order):
        entry = {
            "manager": owner.manager.name,
            "operation": owner.manager.operation,
            "apiVersion": owner.manager.api_version,
            **({"time": owner.time} if owner.time else {}),
            "fieldsType": "FieldsV1",
            "fieldsV1": owner.fields,
        }
        if owner.manager.subresource:
            entry["subresource"] = owner.manager.subresource
        entries.append(entry)
    return entries


def _listing_order(owner: Ownership) -> tuple[str, str, str, str, str]:
    manager = owner.manager
    return manager.operation, owner.time, manager.name, manager.api_version, manager.subresource


def after_update(
    owners: Owners, changes: Changes, manager: Manager, ignored: frozenset[str], now: str
) -> Owners:
    """The owners after ``manager`` made these changes by create, replace or patch.

    ``ignored`` are the top-level fields that this endpoint does not write.
    """
    taken = changes.set_fields
    if not taken and not changes.removed:
        return owners
    left = _without_lost_fields(owners, changes, manager)
    before = left.get(manager.identity)
    mine = union(difference(before.fields, changes.removed) if before else {}, without(taken, ignored))
    if mine:
        changed = before is None or mine != before.fields
        left[manager.identity] = Ownership(manager, mine, now if changed or before is None else before.time)
    else:
        left.pop(manager.identity, None)
    return left


def _without_lost_fields(owners: Owners, changes: Changes, manager: Manager) -> Owners:
    """Other managers lose what was changed under them and what is gone."""
    lost = union(changes.set_fields, changes.removed)
    left: Owners = {}
    for identity, owner in owners.items():
        if identity == manager.identity:
            left[identity] = owner
            continue
        fields = difference(owner.fields, lost)
        if fields:
            left[identity] = owner if fields == owner.fields else replace(owner, fields=fields)
    return left


@dataclass(frozen=True)
class Applied:
    """What server-side apply makes of an object."""

    fields: dict[str, Any]
    owners: Owners


def apply(  # noqa: PLR0913 - the inputs of one algorithm
    schema: Schema,
    live: dict[str, Any],
    configuration: dict[str, Any],
    owners: Owners,
    manager: Manager,
    *,
    force: bool,
    ignored: frozenset[str],
    now: str,
) -> Applied:
    """Lay an applier's configuration over the live object, both as ``tracked`` fields.

    Fields that the applier stated last time and leaves out now go, unless somebody else owns them.

    Raises:
        ApplyConflict: a field that it would change belongs to another manager, and ``force`` is not given.
    """
    configuration = {
        name: value
        for name, value in configuration.items()
        if name not in ignored and (name != "metadata" or value)
    }
    stated = fields_of(schema, configuration)
    merged = merge(schema, live, configuration)
    previous = owners.get(manager.identity)
    if previous is not None:
        owned = union(stated, _ALWAYS_OWNED)
        for identity, owner in owners.items():
            if identity != manager.identity:
                owned = union(owned, owner.fields)
        merged = remove_abandoned(schema, merged, without(previous.fields, ignored), owned)
    changes = compare(schema, live, merged)
    if not force:
        _refuse_conflicts(owners, changes, manager)
    left = _without_lost_fields(owners, changes, manager)
    before = previous.time if previous else ""
    left[manager.identity] = Ownership(manager, stated, before if merged == live else now)
    if not stated:
        del left[manager.identity]
    return Applied(merged, left)


def _refuse_conflicts(owners: Owners, changes: Changes, manager: Manager) -> None:
    conflicts: list[tuple[str, str]] = []
    for identity, owner in owners.items():
        if identity != manager.identity:
            disputed = intersection(owner.fields, changes.set_fields)
            conflicts.extend((str(owner.manager), path) for path in paths(disputed))
    if conflicts:
        causes = [
            {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": path}
            for who, path in conflicts
        ]
        raise ApplyConflict(_conflict_message(conflicts), causes)


def _conflict_message(conflicts: Sequence[tuple[str, str]]) -> str:
    if len(conflicts) == 1:
        who, path = conflicts[0]
        return f"Apply failed with 1 conflict: conflict with {who}: {path}"
    lines = []
    for manager in sorted({who for who, _ in conflicts}):
        lines.append(f"conflicts with {manager}:")
        lines.extend(f"- {path}" for who, path in conflicts if who == manager)
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)


def tracked(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an object whose fields have owners: not its type, and of the metadata only what users write."""
    fields = {
        name: value for name, value in manifest.items() if name not in {"apiVersion", "kind", "metadata"}
    }
    metadata = manifest.get("metadata") or {}
    fields["metadata"] = {name: metadata[name] for name in _TRACKED_METADATA if metadata.get(name)}
    return fields


def untracked(manifest: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its tracked part exchanged."""
    metadata = {
        name: value for name, value in manifest.get("metadata", {}).items() if name not in _TRACKED_METADATA
    }
    metadata.update(fields.get("metadata", {}))
    kept = {name: manifest[name] for name in ("apiVersion", "kind") if name in manifest}
    return {**kept, **fields, "metadata": metadata}
