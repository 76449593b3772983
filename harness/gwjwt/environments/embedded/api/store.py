"""The embedded Kubernetes API without its HTTP: every verb, with the answers and refusals of an API server.

It is synchronous and belongs to one thread (the background loop's). The HTTP server is one user of it; the embedded
control plane and the environment are others, in process. Every accepted write raises ``resource_version`` by one and is
told to the subscribers, in order, before the write returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gwjwt.environments.embedded.api import crds, writing
from gwjwt.environments.embedded.api.addressing import addressed_to, agreed_namespace, require_name
from gwjwt.environments.embedded.api.decoding import decode, decode_configuration, decode_patched
from gwjwt.environments.embedded.api.deletion import NAMESPACES, Deleted, Deleter, Deletion, require_staying
from gwjwt.environments.embedded.api.errors import (
    AlreadyExists,
    NotFound,
    PathNotFound,
    TooLargeResourceVersion,
    Unknown,
)
from gwjwt.environments.embedded.api.history import Event, ObjectKey
from gwjwt.environments.embedded.api.objects import Objects, as_served
from gwjwt.environments.embedded.api.registry import Registry, built_in_resources, bundled_definitions
from gwjwt.environments.embedded.api.resources import Manifest, Manifests, Resource
from gwjwt.environments.embedded.api.write_options import WriteOptions

_DEFAULT = WriteOptions()
_FIRST_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class Store:
    """All objects. Manifests that come out of it are shared and must not be changed; those that go in belong to it."""

    def __init__(self) -> None:
        self.registry = Registry()
        self._objects = Objects()
        self._deleter = Deleter(self._objects, self.registry)
        self.registry.install(built_in_resources())
        for name in _FIRST_NAMESPACES:
            self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for definition in bundled_definitions():
            self.create(definition)

    @property
    def resource_version(self) -> int:
        """The version of the last accepted write."""
        return self._objects.resource_version

    def list(self, kind: str, namespace: str | None = None) -> Manifests:
        """All objects of a kind, of one namespace or of all, in the order of their names.

        ``kind`` is a kind's name; ``Gateway.networking.istio.io`` tells it from the Gateway API's ``Gateway``.
        """
        return self.select(self._of_kind(kind), namespace)

    def inside(self, namespace: str) -> Manifests:
        """All objects of all kinds in a namespace."""
        return [manifest for _, manifest in self._objects.inside(namespace)]

    def get(self, kind: str, namespace: str | None, name: str) -> Manifest:
        """One object; ``namespace`` is None for a cluster-wide kind.

        Raises:
            NotFound: it is not there.
        """
        return self.read(self._of_kind(kind), namespace, name)

    def create(self, manifest: Manifest, options: WriteOptions = _DEFAULT) -> Manifest:
        """Create an object.

        Raises:
            ApiRefusal: as the API answers, for example AlreadyExists, Invalid, NotFound (no such namespace).
        """
        resource = self._of_type(manifest)
        return self.create_in(resource, manifest.get("metadata", {}).get("namespace"), manifest, options)

    def replace(
        self, manifest: Manifest, options: WriteOptions = _DEFAULT, *, status: bool = False
    ) -> Manifest:
        """Replace an object, or its status, as a PUT does."""
        resource, namespace, name = self._addressed(manifest)
        return self.replace_in(resource, namespace, name, manifest, options, status=status)[0]

    def apply(self, manifest: Manifest, options: WriteOptions = _DEFAULT, *, force: bool = True) -> Manifest:
        """Server-side apply as the field manager ``options.manager``."""
        resource, namespace, name = self._addressed(manifest)
        return self.apply_in(resource, namespace, name, manifest, options, force=force)[0]

    def delete(self, kind: str, namespace: str | None, name: str, how: Deletion | None = None) -> Deleted:
        """Delete an object, and what it owns unless ``how`` says otherwise.

        Raises:
            NotFound, Conflict, Forbidden: it is not there, not the one that was meant, or may not go.
        """
        return self.delete_in(self._of_kind(kind), namespace, name, how or Deletion())

    def subscribe(self, callback: Callable[[str, Manifest, int], None]) -> Callable[[], None]:
        """Be told of every accepted write from now on; the returned function ends it.

        The callback gets ``ADDED``, ``MODIFIED`` or ``DELETED``, the object, and the event's resourceVersion.
        """
        return self._objects.subscribe(
            None, lambda event: callback(event.type, event.object, event.resource_version)
        )

    def follow(self, resource: Resource, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of the accepted writes to one kind; the returned function ends it."""
        return self._objects.subscribe(resource.key, callback)

    def select(self, resource: Resource, namespace: str | None = None) -> Manifests:
        found = self._objects.select(resource.key, namespace if resource.namespaced else "")
        return [as_served(resource, manifest) for manifest in found]

    def select_at(self, resource: Resource, resource_version: int) -> dict[ObjectKey, Manifest]:
        """All objects of a kind as they were at an earlier version, in the order of their keys.

        Raises:
            Expired, TooLargeResourceVersion: that state is no longer, or not yet, known.
        """
        self.require_known(resource_version)
        stored = self._objects.select(resource.key)
        objects = {(one["metadata"].get("namespace", ""), one["metadata"]["name"]): one for one in stored}
        self._objects.history(resource.key).undo(objects, resource_version)
        return {key: as_served(resource, objects[key]) for key in sorted(objects)}

    def read(self, resource: Resource, namespace: str | None, name: str) -> Manifest:
        return as_served(resource, self._objects.existing(resource, namespace, name))

    def events_since(self, resource: Resource, resource_version: int) -> Sequence[Event]:
        """The events of a kind after a version.

        Raises:
            Expired: they are no longer all known.
        """
        return self._objects.history(resource.key).since(resource_version)

    def require_known(self, resource_version: int) -> None:
        """Refuse a version that has not happened yet.

        Raises:
            TooLargeResourceVersion: always then.
        """
        if resource_version > self.resource_version:
            raise TooLargeResourceVersion(resource_version, self.resource_version)

    def create_in(
        self, resource: Resource, namespace: str | None, body: Any, options: WriteOptions
    ) -> Manifest:
        shaped = decode(resource, body, options)
        namespace = agreed_namespace(resource, namespace, shaped)
        if shaped["metadata"].get("resourceVersion"):
            raise Unknown("resourceVersion should not be set on objects to be created")
        new = writing.for_create(resource, shaped, namespace)
        self._require_open_namespace(resource, new)
        filled = writing.allocated(resource, new, None)
        writing.check(resource, filled, None)
        owners = writing.owners_after(resource, new, None, shaped, options)
        return self._store_new(resource, writing.with_entries(filled, owners), options)

    def replace_in(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Any,
        options: WriteOptions,
        *,
        status: bool = False,
    ) -> tuple[Manifest, bool]:
        """Replace an object; returns it and whether it is new, since some kinds are created by a PUT."""
        shaped = decode(resource, body, options)
        require_name(name, shaped)
        shaped = addressed_to(name, resource, namespace, shaped)
        old = self._objects.find(resource.key, namespace, name)
        if old is None and resource.habits.create_on_update and not status:
            return self.create_in(resource, namespace, body, options), True
        old = self._objects.existing(resource, namespace, name)
        writing.check_uid_of_replace(resource, namespace, shaped["metadata"], old["metadata"]["uid"])
        return self._write_over(resource, shaped, old, options, status=status), False

    def patch_in(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        patch: Callable[[Manifest], Any],
        options: WriteOptions,
        *,
        status: bool = False,
    ) -> Manifest:
        """Write what ``patch`` makes of the object; it must not change what it is given."""
        old = self._objects.existing(resource, namespace, name)
        patched = decode_patched(resource, patch(as_served(resource, old)), options)
        shaped = addressed_to(name, resource, namespace, patched)
        shaped["metadata"].setdefault("resourceVersion", old["metadata"]["resourceVersion"])
        return self._write_over(resource, shaped, old, options, status=status)

    def apply_in(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Any,
        options: WriteOptions,
        *,
        force: bool,
        status: bool = False,
    ) -> tuple[Manifest, bool]:
        """Server-side apply; returns the object and whether it is new.

        Raises:
            ApplyConflict: others own what it would change, and ``force`` is not given.
        """
        configuration = decode_configuration(resource, body, options)
        configuration = addressed_to(name, resource, namespace, configuration)
        old = self._objects.find(resource.key, namespace, name)
        if old is None and status:
            raise NotFound(resource, name)
        merged, owners = writing.applied(resource, configuration, old, options, force=force, status=status)
        if old is None:
            new = writing.for_create(resource, merged, namespace)
            self._require_open_namespace(resource, new)
            new = writing.allocated(resource, new, None)
            writing.check(resource, new, None)
            return self._store_new(resource, writing.with_entries(new, owners), options), True
        merged["metadata"].setdefault("resourceVersion", old["metadata"]["resourceVersion"])
        writing.check_preconditions(resource, merged["metadata"], old["metadata"])
        new = writing.for_update(resource, merged, old, status=status)
        new = writing.allocated(resource, new, old)
        writing.check(resource, new, old, status=status)
        return self._store_change(resource, writing.with_entries(new, owners), old, options), False

    def delete_in(self, resource: Resource, namespace: str | None, name: str, how: Deletion) -> Deleted:
        deleted = self._deleter.delete(resource, namespace, name, how)
        if resource.kind == "CustomResourceDefinition" and deleted.gone and not how.dry_run:
            spec = deleted.object["spec"]
            self.registry.remove(spec["group"], spec["names"]["plural"])
        return Deleted(as_served(resource, deleted.object), deleted.gone)

    def _write_over(
        self, resource: Resource, shaped: Manifest, old: Manifest, options: WriteOptions, *, status: bool
    ) -> Manifest:
        writing.check_preconditions(resource, shaped["metadata"], old["metadata"])
        new = writing.for_update(resource, shaped, old, status=status)
        filled = new if status else writing.allocated(resource, new, old)
        writing.check(resource, filled, old, status=status)
        owners = writing.owners_after(resource, new, old, shaped, options, status=status)
        return self._store_change(resource, writing.with_entries(filled, owners), old, options)

    def _store_new(self, resource: Resource, new: Manifest, options: WriteOptions) -> Manifest:
        metadata = new["metadata"]
        if self._objects.find(resource.key, metadata.get("namespace"), metadata["name"]) is not None:
            raise AlreadyExists(resource, metadata["name"])
        if resource.kind == "CustomResourceDefinition":
            new = self._accept_definition(new, options)
        return new if options.dry_run else as_served(resource, self._objects.put(resource, new, None))

    def _store_change(
        self, resource: Resource, new: Manifest, old: Manifest, options: WriteOptions
    ) -> Manifest:
        new = writing.with_generation(resource, new, old)
        if resource.kind == "CustomResourceDefinition":
            new = self._accept_definition(new, options)
        if writing.same(new, old):
            return as_served(resource, old)
        if options.dry_run:
            return new
        is_last = "deletionTimestamp" in new["metadata"] and not new["metadata"].get("finalizers")
        if is_last and resource.key != NAMESPACES:
            return as_served(resource, self._deleter.finish(resource, new, old))
        return as_served(resource, self._objects.put(resource, new, old))

    def _accept_definition(self, new: Manifest, options: WriteOptions) -> Manifest:
        """A definition with its status; its kind is served from now on."""
        accepted = crds.accepted(new, writing.now())
        resources = crds.defined_by(accepted)
        for one in resources:
            one.compile()
        if not options.dry_run:
            self.registry.install(resources)
        return accepted

    def _require_open_namespace(self, resource: Resource, new: Manifest) -> None:
        """Refuse an object whose namespace does not exist or is going.

        Raises:
            NotFound, Forbidden: the one or the other.
        """
        if not resource.namespaced:
            return
        namespace = self._objects.existing(self._of_kind("Namespace"), None, new["metadata"]["namespace"])
        require_staying(namespace, resource, new["metadata"]["name"])

    def _of_kind(self, kind: str) -> Resource:
        resource = self.registry.of_kind(kind)
        if resource is None:
            raise PathNotFound
        return resource

    def _of_type(self, manifest: Manifest) -> Resource:
        resource = self.registry.of_type(manifest.get("apiVersion", ""), manifest.get("kind", ""))
        if resource is None:
            raise PathNotFound
        return resource

    def _addressed(self, manifest: Manifest) -> tuple[Resource, str | None, str]:
        resource, metadata = self._of_type(manifest), manifest.get("metadata", {})
        namespace = (metadata.get("namespace") or "default") if resource.namespaced else None
        return resource, namespace, metadata.get("name", "")
