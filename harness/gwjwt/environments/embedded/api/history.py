"""What happened in the store: events in their order, kept long enough for watches and continued lists."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from gwjwt.environments.embedded.api.errors import Expired
from gwjwt.environments.embedded.api.resources import Manifest

_KEPT = 4096

ObjectKey = tuple[str, str]
"""Namespace (empty for cluster-wide kinds) and name."""


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted write. ``previous`` is the object before it, None when it is new."""

    type: str
    object: Manifest
    resource_version: int
    previous: Manifest | None

    @property
    def key(self) -> ObjectKey:
        metadata = self.object["metadata"]
        return metadata.get("namespace", ""), metadata["name"]


class History:
    """The events of one kind, the newest 4096 of them."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._forgotten = 0
        """The resourceVersion of the newest event that is no longer kept."""

    def append(self, event: Event) -> None:
        if len(self._events) == _KEPT:
            self._forgotten = self._events.popleft().resource_version
        self._events.append(event)

    def since(self, resource_version: int) -> list[Event]:
        """All events after a version.

        Raises:
            Expired: some of them are no longer kept.
        """
        if resource_version < self._forgotten:
            raise Expired(f"too old resource version: {resource_version} ({self._forgotten})")
        found: list[Event] = []
        for event in reversed(self._events):
            if event.resource_version <= resource_version:
                break
            found.append(event)
        return found[::-1]

    def undo(self, objects: dict[ObjectKey, Manifest], resource_version: int) -> None:
        """Turn today's objects into those of an earlier version.

        Raises:
            Expired: the way back is no longer kept.
        """
        for event in reversed(self.since(resource_version)):
            if event.previous is None:
                objects.pop(event.key, None)
            else:
                objects[event.key] = event.previous
