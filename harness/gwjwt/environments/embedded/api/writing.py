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
from gwjwt.environments.embedded.api.errors import STALE, Conflict, Invalid, Unknown, VersionRequired
from gwjwt.environments.embedded.api.managed_fields import (
    Manager,
    Owners,
    after_update,
    apply,
    are_reset,
    as_entries,
    before_first_apply,
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
    elif given.get("generation"):
        metadata["generation"] = given["generation"]
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
    """The object after a write to it, or to its status, without owners and not yet validated."""
    given, before = shaped["metadata"], old["metadata"]
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
    return new


def _check_finalizers(resource: Resource, metadata: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    added = [one for one in metadata.get("finalizers", ()) if one not in before.get("finalizers", ())]
    if added and "deletionTimestamp" in before:
        shown = ", ".join(f'"{one}"' for one in added)
        detail = (
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            f"[]string{{{shown}}}"
        )
        # The metadata is validated for all objects, and once more by the validation of the kind.
        raise Invalid(resource, before["name"], 2 * [complaint.forbidden("metadata.finalizers", detail)])


def check_uid_of_replace(
    resource: Resource, namespace: str | None, given: Mapping[str, Any], uid: str
) -> None:
    """Refuse a replace that was meant for an earlier object of the same name.

    Raises:
        Conflict: it names another uid.
    """
    if given.get("uid") in {None, "", uid}:
        return
    key = "/".join(filter(None, ("/registry", resource.group, resource.plural, namespace, given["name"])))
    why = (
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {uid}"
    )
    raise Conflict(resource, given["name"], why)


def check_preconditions(resource: Resource, given: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Refuse what was made from another version of the object, or of another object.

    Raises:
        Conflict: it is stale.
        VersionRequired: it has no resourceVersion, and the kind demands one.
        Invalid: it changes the uid.
        Unknown: its resourceVersion is none.
    """
    name, version, uid = before["name"], given.get("resourceVersion"), given.get("uid")
    if version and not version.isdecimal():
        raise Unknown(f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if not version or version == "0":
        if resource.habits.custom:
            raise VersionRequired(resource, name)
    elif version != before["resourceVersion"]:
        raise Conflict(resource, name, STALE)
    if uid and uid != before["uid"]:
        raise Invalid(resource, name, 2 * [complaint.invalid("metadata.uid", uid, "field is immutable")])


def allocated(resource: Resource, new: Manifest, old: Manifest | None) -> Manifest:
    """The object with what the API server decides about it, which nobody owns."""
    if resource.habits.allocate is None:
        return new
    filled = {**new, "metadata": {**new["metadata"]}}
    resource.habits.allocate(filled, old)
    return filled


def check(resource: Resource, new: Manifest, old: Manifest | None, *, status: bool = False) -> None:
    """Refuse an object that breaks its schema or a rule of its kind.

    Raises:
        Invalid: with all that is wrong.
    """
    if old is not None:
        _check_finalizers(resource, new["metadata"], old["metadata"])
    errors = check_metadata(new["metadata"], resource.habits.name, core=not resource.habits.custom)
    errors = validate(resource.schema, new, errors, status=status)
    if resource.habits.check:
        # Such a kind has its own words for what it does not want twice.
        errors = [error for error in errors if error.reason != "FieldValueDuplicate"]
    if resource.habits.check and not errors:
        errors += resource.habits.check(new, old)
    if resource.kind == "CustomResourceDefinition" and not errors:
        errors += crds.check_definition(new)
    if errors:
        raise Invalid(resource, new["metadata"].get("name", ""), errors)


def owners_after(
    resource: Resource,
    new: Manifest,
    old: Manifest | None,
    sent: Manifest,
    options: WriteOptions,
    *,
    status: bool = False,
) -> Owners:
    """The ownership that a create, replace or patch leaves behind; ``sent`` is what was sent.

    An object that has no list of owners does not get one from an update, and an update may take the list away. What
    is sent to ``/status`` in the metadata is owned, though it is not written.

    Source: ``k8s.io/apimachinery/pkg/util/managedfields/internal`` (skipNonAppliedManager) and ``fieldmanager.go``.
    """
    manager = Manager(options.manager, "Update", resource.api_version, "status" if status else "")
    if old is not None:
        owners, before = read_owners(old["metadata"]), tracked(old)
        if not owners or are_reset(sent["metadata"]):
            return {}
    else:
        owners, before = {}, _empty(resource)
    ignored = frozenset(new.keys() - {"status", "metadata"}) if status else resource.unwritten
    after = tracked({**new, "metadata": sent["metadata"]} if status else new)
    return after_update(owners, compare(resource.schema, before, after), manager, ignored, now())


def _empty(resource: Resource) -> dict[str, Any]:
    """What an object of a kind has before it has anything: typed kinds always have their structures."""
    if resource.habits.custom:
        return {"metadata": {}}
    structures: dict[str, Any] = {
        name: {} for name in ("spec", "status") if name in resource.schema.properties
    }
    if resource.habits.structures:
        structures["spec"] = {name: {} for name in resource.habits.structures}
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
    live = tracked(old or {})
    owners = read_owners(old["metadata"]) if old else {}
    if old and not owners:
        owners = before_first_apply(resource.schema, live, resource.api_version, now())
    result = apply(
        resource.schema,
        live,
        tracked(configuration),
        owners,
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
