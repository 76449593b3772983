"""How objects go: finalizers hold them, namespaces and definitions take along what is in them, owners what they own.

A real cluster does the last two in controllers, some time later; here all of it happens within the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gwjwt.environments.embedded.api.errors import Forbidden, PreconditionFailed
from gwjwt.environments.embedded.api.objects import Objects
from gwjwt.environments.embedded.api.registry import Registry
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.writing import now

_LASTING_NAMESPACES = {"default", "kube-system", "kube-public"}
NAMESPACES = ("", "namespaces")
_DEFINITIONS = ("apiextensions.k8s.io", "customresourcedefinitions")


@dataclass(frozen=True)
class Deletion:
    """The parameters of a DELETE. Grace periods are over at once: nothing runs behind these objects."""

    uid: str | None = None
    resource_version: str | None = None
    orphan: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Deleted:
    """What a DELETE did: the object is ``gone``, or only marked because a finalizer still has work to do."""

    object: Manifest
    gone: bool


def require_staying(namespace: Manifest, resource: Resource, name: str) -> None:
    """Refuse an object of this name in a namespace that is going.

    Raises:
        Forbidden: as an API server does (the admission plugin NamespaceLifecycle).
    """
    if "deletionTimestamp" not in namespace["metadata"]:
        return
    going = namespace["metadata"]["name"]
    why = f"unable to create new content in namespace {going} because it is being terminated"
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {going} is being terminated",
        "field": "metadata.namespace",
    }
    raise Forbidden(resource, name, why, [cause])


class Deleter:
    """Takes objects out of the store."""

    def __init__(self, objects: Objects, registry: Registry) -> None:
        self._objects, self._registry = objects, registry

    def delete(self, resource: Resource, namespace: str | None, name: str, how: Deletion) -> Deleted:
        """Delete one object under the conditions of ``how``.

        Raises:
            NotFound, Conflict, Forbidden: it is not there, not the one that was meant, or may not go.
        """
        old = self._objects.existing(resource, namespace, name)
        _check_preconditions(resource, old["metadata"], how)
        if resource.key == NAMESPACES and name in _LASTING_NAMESPACES:
            raise Forbidden(resource, name, "this namespace may not be deleted")
        if how.dry_run:
            return Deleted(old, gone=True)
        if how.orphan:
            self._disown_all(old["metadata"]["uid"])
        return self._begin(resource, old)

    def finish(self, resource: Resource, last: Manifest, old: Manifest) -> Manifest:
        """Remove an object whose last finalizer is done, and what depended on it.

        Watches are told the state before the finalizer went, as of an API server.
        """
        self._objects.drop(resource, old, old)
        self._collect(old["metadata"]["uid"])
        namespace = old["metadata"].get("namespace")
        if namespace:
            self._finish_namespace(namespace)
        return last

    def _begin(self, resource: Resource, old: Manifest) -> Deleted:
        metadata = old["metadata"]
        if resource.key == NAMESPACES:
            return self._begin_namespace(resource, old)
        if resource.key == _DEFINITIONS:
            self._delete_instances(old)
        if not metadata.get("finalizers"):
            return Deleted(self.finish(resource, old, old), gone=True)
        if "deletionTimestamp" in metadata:
            return Deleted(old, gone=False)
        return Deleted(self._objects.put(resource, _marked(old), old), gone=False)

    def _begin_namespace(self, resource: Resource, old: Manifest) -> Deleted:
        marked = old
        if "deletionTimestamp" not in old["metadata"]:
            marked = {**_marked(old), "status": {**old.get("status", {}), "phase": "Terminating"}}
            marked = self._objects.put(resource, marked, old)
        name = old["metadata"]["name"]
        for key, manifest in list(self._objects.inside(name)):
            current = self._objects.find(key, name, manifest["metadata"]["name"])
            inner = self._registry.of_type(manifest["apiVersion"], manifest["kind"])
            if current is not None and inner is not None:
                self._begin(inner, current)
        self._finish_namespace(name)
        return Deleted(marked, gone=False)

    def _finish_namespace(self, name: str) -> None:
        """Remove a namespace that is going, when the last object in it has gone."""
        resource = self._registry.of_type("v1", "Namespace")
        namespace = self._objects.find(NAMESPACES, None, name)
        if resource is None or namespace is None or "deletionTimestamp" not in namespace["metadata"]:
            return
        if self._objects.is_empty(name) and not namespace["metadata"].get("finalizers"):
            self._objects.drop(resource, namespace, namespace)

    def _delete_instances(self, definition: Mapping[str, Any]) -> None:
        spec = definition["spec"]
        for manifest in self._objects.select((spec["group"], spec["names"]["plural"])):
            resource = self._registry.of_type(manifest["apiVersion"], manifest["kind"])
            if resource is not None:
                self._begin(resource, manifest)

    def _collect(self, uid: str) -> None:
        """Delete what the object owned, as the garbage collector does, unless another owner is still there."""
        for key, manifest in self._objects.owned_by(uid):
            owners = manifest["metadata"]["ownerReferences"]
            if any(self._objects.has_uid(owner["uid"]) for owner in owners):
                self._disown(manifest, uid)
                continue
            metadata = manifest["metadata"]
            resource = self._registry.of_type(manifest["apiVersion"], manifest["kind"])
            current = self._objects.find(key, metadata.get("namespace"), metadata["name"])
            if resource is not None and current is not None:
                self._begin(resource, current)

    def _disown_all(self, uid: str) -> None:
        for _, manifest in self._objects.owned_by(uid):
            self._disown(manifest, uid)

    def _disown(self, manifest: Manifest, uid: str) -> None:
        resource = self._registry.of_type(manifest["apiVersion"], manifest["kind"])
        metadata = dict(manifest["metadata"])
        left = [owner for owner in metadata.pop("ownerReferences") if owner["uid"] != uid]
        if left:
            metadata["ownerReferences"] = left
        if resource is not None:
            self._objects.put(resource, {**manifest, "metadata": metadata}, manifest)


def _marked(old: Manifest) -> Manifest:
    """The object with the sign that it is to go."""
    metadata = {**old["metadata"], "deletionTimestamp": now()}
    if old["kind"] != "Namespace":
        metadata["deletionGracePeriodSeconds"] = 0
    if "generation" in metadata:
        metadata["generation"] += 1
    return {**old, "metadata": metadata}


def _check_preconditions(resource: Resource, metadata: Mapping[str, Any], how: Deletion) -> None:
    name, uid, version = metadata["name"], metadata["uid"], metadata["resourceVersion"]
    if how.uid and how.uid != uid:
        why = f"the UID in the precondition ({how.uid}) does not match the UID in record ({uid}). "
        raise PreconditionFailed(
            resource, name, f"{why}The object might have been deleted and then recreated"
        )
    if how.resource_version and how.resource_version != version:
        why = f"the ResourceVersion in the precondition ({how.resource_version}) does not match "
        raise PreconditionFailed(
            resource,
            name,
            f"{why}the ResourceVersion in record ({version}). The object might have been modified",
        )
