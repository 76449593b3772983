"""The state behind the store: objects by kind, namespace and name, their versions, and who is told of changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from gwjwt.environments.embedded.api.errors import NotFound
from gwjwt.environments.embedded.api.history import Event, History
from gwjwt.environments.embedded.api.resources import Manifest, Resource

KindKey = tuple[str, str]
"""Group and plural: what all versions of a kind have in common."""
Reference = tuple[KindKey, str, str]
"""Kind, namespace (empty for cluster-wide kinds) and name."""


def as_served(resource: Resource, stored: Manifest) -> Manifest:
    """The object in the version that was asked for; versions differ in nothing else (conversion ``None``)."""
    if stored["apiVersion"] == resource.api_version:
        return stored
    return {**stored, "apiVersion": resource.api_version}


class Objects:
    """Objects in their storage version, with a version that every change counts up."""

    def __init__(self) -> None:
        self.resource_version = 0
        self._objects: dict[KindKey, dict[str, dict[str, Manifest]]] = {}
        self._histories: dict[KindKey, History] = {}
        self._uids: set[str] = set()
        self._owned: dict[str, set[Reference]] = {}
        self._subscribers: dict[int, tuple[KindKey | None, Callable[[Event], None]]] = {}
        self._next_subscriber = 0
        self._untold: deque[tuple[KindKey, Event]] = deque()
        self._telling = False

    def find(self, key: KindKey, namespace: str | None, name: str) -> Manifest | None:
        return self._objects.get(key, {}).get(namespace or "", {}).get(name)

    def existing(self, resource: Resource, namespace: str | None, name: str) -> Manifest:
        """The object of this name.

        Raises:
            NotFound: there is none.
        """
        found = self.find(resource.key, namespace, name)
        if found is None:
            raise NotFound(resource, name)
        return found

    def select(self, key: KindKey, namespace: str | None = None) -> list[Manifest]:
        """All objects of a kind, of one namespace (empty: the cluster-wide ones) or of all, ordered by their names."""
        by_namespace = self._objects.get(key, {})
        if namespace is not None:
            found = by_namespace.get(namespace, {})
            return [found[name] for name in sorted(found)]
        return [found[name] for _, found in sorted(by_namespace.items()) for name in sorted(found)]

    def inside(self, namespace: str) -> Iterator[tuple[KindKey, Manifest]]:
        """Every object of a namespace."""
        for key, by_namespace in list(self._objects.items()):
            for manifest in list(by_namespace.get(namespace, {}).values()):
                yield key, manifest

    def is_empty(self, namespace: str) -> bool:
        return not any(namespace in by_namespace for by_namespace in self._objects.values())

    def owned_by(self, uid: str) -> list[tuple[KindKey, Manifest]]:
        """The objects that name this one in their owner references."""
        found = []
        for key, namespace, name in sorted(self._owned.get(uid, ())):
            manifest = self.find(key, namespace, name)
            if manifest is not None:
                found.append((key, manifest))
        return found

    def has_uid(self, uid: str) -> bool:
        return uid in self._uids

    def history(self, key: KindKey) -> History:
        return self._histories.setdefault(key, History())

    def subscribe(self, key: KindKey | None, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of the changes of one kind, or of all; the returned function ends it."""
        self._next_subscriber += 1
        number = self._next_subscriber
        self._subscribers[number] = (key, callback)

        def end() -> None:
            self._subscribers.pop(number, None)

        return end

    def put(self, resource: Resource, new: Manifest, old: Manifest | None) -> Manifest:
        """Store an object that is new (no ``old``) or changed."""
        stored = self._versioned(resource, new)
        metadata = stored["metadata"]
        by_namespace = self._objects.setdefault(resource.key, {})
        by_namespace.setdefault(metadata.get("namespace", ""), {})[metadata["name"]] = stored
        self._index_owners(resource.key, old, stored)
        return self._record(
            resource.key, Event("MODIFIED" if old else "ADDED", stored, self.resource_version, old)
        )

    def drop(self, resource: Resource, last: Manifest, old: Manifest) -> Manifest:
        """Forget an object; ``last`` is its last state, which the event shows."""
        stored = self._versioned(resource, last)
        namespace, name = old["metadata"].get("namespace", ""), old["metadata"]["name"]
        by_namespace = self._objects[resource.key]
        del by_namespace[namespace][name]
        if not by_namespace[namespace]:
            del by_namespace[namespace]
        self._index_owners(resource.key, old, None)
        return self._record(resource.key, Event("DELETED", stored, self.resource_version, old))

    def _versioned(self, resource: Resource, manifest: Manifest) -> Manifest:
        self.resource_version += 1
        metadata = {**manifest["metadata"], "resourceVersion": str(self.resource_version)}
        return {**manifest, "apiVersion": resource.stored_as, "kind": resource.kind, "metadata": metadata}

    def _record(self, key: KindKey, event: Event) -> Manifest:
        self.history(key).append(event)
        self._untold.append((key, event))
        self._tell()
        return event.object

    def _tell(self) -> None:
        """Tell the subscribers; what one of them writes is told after the event that caused it."""
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                key, event = self._untold.popleft()
                for wanted, callback in list(self._subscribers.values()):
                    if wanted is None or wanted == key:
                        callback(event)
        finally:
            self._telling = False

    def _index_owners(self, key: KindKey, old: Manifest | None, new: Manifest | None) -> None:
        if new is None and old is not None:
            self._uids.discard(old["metadata"]["uid"])
        elif new is not None and old is None:
            self._uids.add(new["metadata"]["uid"])
        before, after = _owner_uids(old), _owner_uids(new)
        if before == after:
            return
        metadata: dict[str, Any] = (new or old or {})["metadata"]
        reference = (key, metadata.get("namespace", ""), metadata["name"])
        for uid in before - after:
            self._owned[uid].discard(reference)
            if not self._owned[uid]:
                del self._owned[uid]
        for uid in after - before:
            self._owned.setdefault(uid, set()).add(reference)


def _owner_uids(manifest: Manifest | None) -> set[str]:
    if manifest is None:
        return set()
    return {owner["uid"] for owner in manifest["metadata"].get("ownerReferences", ())}
