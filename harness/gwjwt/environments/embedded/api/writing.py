"""What becomes of a manifest that is written: the object that the API server would store, or its refusal.

Nothing here keeps state: a function gets what was sent and what is stored, and returns the object to store.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api import crds
from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.decoding import with_defaults
from gwjwt.environments.embedded.api.errors import STALE, Conflict, Invalid
from gwjwt.environments.embedded.api.managed_fields import (
    Manager,
    Owners,
    after_update,
    apply,
    as_entries,
    read_owners,
    tracked,
    untracked,
)
from gwjwt.environments.embedded.api.names import check_metadata, generate
from gwjwt.environments.embedded.api.pruning import conform
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.structured_merge import compare
from gwjwt.environments.embedded.api.validation import validate
from gwjwt.environments.embedded.api.write_options import WriteOptions

_WRITTEN_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
_KEPT_METADATA = (
    "name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds",
)  # fmt: skip


def now() -> str:
    """The time as metadata shows it, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def for_create(resource: Resource, shaped: Manifest, namespace: str | None) -> Manifest:
    """The object as it starts its life, without owners and not yet validated."""
    given = shaped["metadata"]
    name = given.get("name") or (generate(given["generateName"]) if given.get("generateName") else "")
    metadata: dict[str, Any] = {"name": name}
    if given.get("generateName"):
        metadata["generateName"] = given["generateName"]
    if resource.namespaced:
        metadata["namespace"] = namespace
    metadata["uid"] = str(uuid.uuid4())
    if resource.habits.generation:
        metadata["generation"] = 1
    metadata["creationTimestamp"] = now()
    metadata.update({key: given[key] for key in _WRITTEN_METADATA if given.get(key)})
    new = {**shaped, "metadata": metadata}
    if resource.status and resource.habits.custom:
        new.pop("status", None)
        _default_status(resource, new)
    if resource.habits.prepare:
        resource.habits.prepare(new, None)
    return new


def _default_status(resource: Resource, new: Manifest) -> None:
    below = resource.schema.properties.get("status")
    if below is not None and below.has_default and "status" not in new:
        new["status"] = conform(below, below.default, "status", [])


def for_update(resource: Resource, shaped: Manifest, old: Manifest, *, status: bool) -> Manifest:
    """The object after a write to it, or to its status, without owners and not yet validated.

    Raises:
        Conflict: what was sent was made from another version of the object.
        Invalid: what was sent has no resourceVersion, and the kind demands one.
    """
    given, before = shaped["metadata"], old["metadata"]
    name = before["name"]
    _check_preconditions(resource, given, before)
    metadata = {key: before[key] for key in _KEPT_METADATA if key in before}
    written = before if status else given
    metadata.update({key: written[key] for key in _WRITTEN_METADATA if written.get(key)})
    if status:
        new = {**old, "metadata": metadata, "apiVersion": resource.api_version}
        new.pop("status", None)
        if "status" in shaped:
            new["status"] = shaped["status"]
    else:
        new = {**shaped, "metadata": metadata}
        if resource.status:
            new.pop("status", None)
            if "status" in old:
                new["status"] = old["status"]
    if resource.habits.prepare and not status:
        resource.habits.prepare(new, old)
    added = [one for one in metadata.get("finalizers", ()) if one not in before.get("finalizers", ())]
    if added and "deletionTimestamp" in before:
        shown = ", ".join(f'"{one}"' for one in added)
        detail = (
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            f"[]string{{{shown}}}"
        )
        raise Invalid(resource, name, [complaint.forbidden("metadata.finalizers", detail)])
    return new


def _check_preconditions(resource: Resource, given: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    name, version, uid = before["name"], given.get("resourceVersion"), given.get("uid")
    if uid and uid != before["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {before['uid']}"
        raise Conflict(resource, name, why)
    if not version or version == "0":
        if resource.habits.custom:
            detail = "must be specified for an update"
            raise Invalid(resource, name, [complaint.invalid("metadata.resourceVersion", 0, detail)])
    elif version != before["resourceVersion"]:
        raise Conflict(resource, name, STALE)


def check(resource: Resource, new: Manifest, old: Manifest | None) -> None:
    """Refuse an object that breaks its schema or a rule of its kind.

    Raises:
        Invalid: with all that is wrong.
    """
    errors = check_metadata(new["metadata"], resource.habits.name)
    errors += validate(resource.schema, new)
    if resource.habits.check and not errors:
        errors += resource.habits.check(new, old)
    if resource.kind == "CustomResourceDefinition" and not errors:
        errors += crds.check_definition(new)
    if errors:
        raise Invalid(resource, new["metadata"].get("name", ""), errors)


def with_owners(
    resource: Resource, new: Manifest, old: Manifest | None, options: WriteOptions, *, status: bool = False
) -> Manifest:
    """The object with the ownership that a create, replace or patch leaves behind."""
    manager = Manager(options.manager, "Update", resource.api_version, "status" if status else "")
    if old is not None:
        owners, before = read_owners(old["metadata"]), tracked(old)
    else:
        owners, before = {}, _empty(resource)
    ignored = frozenset(new.keys() - {"status"}) if status else resource.unwritten
    changes = compare(resource.schema, before, tracked(new))
    return with_entries(new, after_update(owners, changes, manager, ignored, now()))


def _empty(resource: Resource) -> dict[str, Any]:
    """What an object of a kind has before it has anything: typed kinds always have their structures."""
    if resource.habits.custom:
        return {"metadata": {}}
    structures: dict[str, Any] = {
        name: {} for name in ("spec", "status") if name in resource.schema.properties
    }
    return {"metadata": {}, **structures}


def applied(
    resource: Resource,
    configuration: Manifest,
    old: Manifest | None,
    options: WriteOptions,
    *,
    force: bool,
    status: bool,
) -> tuple[Manifest, Owners]:
    """What server-side apply makes of an object, as if it had been sent, and who owns its fields then.

    Raises:
        ApplyConflict: others own what would change, and ``force`` is not given.
    """
    result = apply(
        resource.schema,
        tracked(old or {}),
        tracked(configuration),
        read_owners(old["metadata"]) if old else {},
        Manager(options.manager, "Apply", resource.api_version, "status" if status else ""),
        force=force,
        ignored=frozenset(configuration.keys() - {"status"}) if status else resource.unwritten,
        now=now(),
    )
    return with_defaults(resource, untracked(configuration, result.fields)), result.owners


def with_entries(new: Manifest, owners: Owners) -> Manifest:
    """The object with these owners in its metadata."""
    metadata = {key: value for key, value in new["metadata"].items() if key != "managedFields"}
    if owners:
        metadata["managedFields"] = as_entries(owners)
    return {**new, "metadata": metadata}


def with_generation(resource: Resource, new: Manifest, old: Manifest) -> Manifest:
    """The object with its generation counted up, if what is wanted has changed."""
    apart = {"metadata", "apiVersion"} | ({"status"} if resource.status else set())
    names = (new.keys() | old.keys()) - apart
    if not resource.habits.generation or all(new.get(name) == old.get(name) for name in names):
        return new
    generation = old["metadata"].get("generation", 0) + 1
    return {**new, "metadata": {**new["metadata"], "generation": generation}}


def same(new: Manifest, old: Manifest) -> bool:
    """Whether a write changes nothing."""
    return new.keys() == old.keys() and all(new[name] == old[name] for name in new if name != "apiVersion")
