"""A cache of all objects of one kind, kept up to date by a watch: reads cost nothing, changes wake who waits.

The pattern is client-go's informer: list once, watch from the list's version, list again when that version is too
old.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.watch import Event, Watch
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import TimedOut


class Informer:
    """A context manager; inside of it the cache follows the API. Safe to use from several threads."""

    def __init__(
        self,
        cluster: Cluster,
        api_version: str,
        kind: str,
        labels: Mapping[str, str] | None = None,
        on_change: Callable[[Object], None] | None = None,
    ) -> None:
        """Follow a kind in all namespaces, or one whose objects belong to the whole cluster.

        Args:
            cluster: the API to follow.
            api_version: the kind's group and version.
            kind: what to follow.
            labels: only objects that carry all of these.
            on_change: called with each object that came, changed or went, on the thread of the watch; for the
                objects of the first list on the thread that enters the context.
        """
        self._cluster, self._labels, self._on_change = cluster, labels, on_change
        self._api_version, self.kind = api_version, kind
        self._objects: dict[str, dict[str, Object]] = {}
        self._seen = 0
        self._changed = threading.Condition()
        self._failure: EnvironmentFailed | None = None
        self._stopping = False

    def __enter__(self) -> Self:
        self._relist()
        self._watch = self._open()
        self._thread = threading.Thread(target=self._follow, name=f"gwjwt-watch-{self.kind}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopping = True
            self._watch.stop()
        self._thread.join()
        self._watch.close()  # one that was opened just before the end has been followed by nobody

    def get(self, namespace: str, name: str) -> Object | None:
        return self._objects.get(namespace, {}).get(name)

    def in_namespace(self, namespace: str) -> list[Object]:
        with self._changed:
            return list(self._objects.get(namespace, {}).values())

    def remember(self, written: Object) -> None:
        """Put the API's answer to an own write into the cache before the watch tells of it.

        Neither this nor the event that follows calls ``on_change``: whoever writes has to look at the answer, which
        also holds what others have changed in between.
        """
        with self._changed:
            if _version(written) > self._seen:
                self._store(written)

    def forget(self, reference: Reference) -> None:
        """Take an object out that this process has deleted."""
        with self._changed:
            self._objects.get(reference.namespace, {}).pop(reference.name, None)

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` when the cache can no longer follow the API."""
        if self._failure:
            raise self._failure

    def wait(self, what: str, mismatch: Callable[[], str | None], deadline: float) -> None:
        """Wait until ``mismatch`` returns None; it is asked again after every change. ``deadline`` in seconds.

        Raises:
            TimedOut: with the last mismatch.
            EnvironmentFailed: the API went away.
        """
        until = time.monotonic() + deadline
        attempts = 0
        with self._changed:
            while True:
                self.check()
                attempts += 1
                seen = mismatch()
                if seen is None:
                    return
                left = until - time.monotonic()
                if left <= 0:
                    raise TimedOut(what, deadline, attempts, seen)
                self._changed.wait(left)

    def ask_again(self) -> None:
        """Let whoever waits look again, because something else has changed that the mismatch depends on."""
        with self._changed:
            self._changed.notify_all()

    def _follow(self) -> None:
        try:
            while not self._stopping:
                self._follow_once()
        except (EnvironmentFailed, ApiRefused) as error:
            with self._changed:
                self._failure = EnvironmentFailed(f"watch of {self.kind}", str(error))
                self._changed.notify_all()

    def _follow_once(self) -> None:
        try:
            with self._watch as events:
                for event in events:
                    self._take(event)
        except ApiRefused as refused:
            if refused.status != HTTPStatus.GONE:
                raise
            self._relist()
        if self._stopping:
            return
        opened = self._open()
        with self._changed:
            self._watch = opened
            if self._stopping:
                opened.close()

    def _open(self) -> Watch:
        version = str(self._seen)
        return self._cluster.watch(
            self._api_version, self.kind, labels=self._labels, resource_version=version
        )

    def _relist(self) -> None:
        listing = self._cluster.listing(self._api_version, self.kind, labels=self._labels)
        with self._changed:
            known = [each for names in self._objects.values() for each in names.values()]
            self._objects = {}
            for found in listing.items:
                self._store(found)
            self._seen = int(listing.resource_version)
            self._changed.notify_all()
        for each in [*listing.items, *known]:
            self._tell(each)

    def _take(self, event: Event) -> None:
        version = _version(event.object)
        with self._changed:
            self._seen = max(self._seen, version)
            if event.type == "BOOKMARK":
                return
            metadata = event.object["metadata"]
            known = self.get(metadata.get("namespace", ""), metadata["name"])
            ahead = -1 if known is None else _version(known) - version
            if ahead > 0 or (ahead == 0 and event.type != "DELETED"):
                return  # no newer than an own write that was remembered
            if event.type == "DELETED":
                self._objects.get(metadata.get("namespace", ""), {}).pop(metadata["name"], None)
            else:
                self._store(event.object)
            self._changed.notify_all()
        self._tell(event.object)

    def _tell(self, changed: Object) -> None:
        if self._on_change:
            self._on_change(changed)

    def _store(self, found: Object) -> None:
        metadata = found["metadata"]
        self._objects.setdefault(metadata.get("namespace", ""), {})[metadata["name"]] = found


def _version(found: Object) -> int:
    """Its resource version, which Kubernetes promises to be a number that grows (KEP-5504)."""
    return int(found["metadata"]["resourceVersion"])
