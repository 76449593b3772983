"""Watches: the changes of one kind as a stream of lines, from a version on.

Source: Kubernetes documentation, "Kubernetes API Concepts", section "Efficient detection of changes".
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.errors import BadRequest, Expired, Unknown
from gwjwt.environments.embedded.api.history import Event
from gwjwt.environments.embedded.api.listing import parse_version
from gwjwt.environments.embedded.api.objects import as_served
from gwjwt.environments.embedded.api.requests import InvalidOptions, is_true
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.selectors import Selects
from gwjwt.environments.embedded.api.store import Store

Shape = Callable[[Manifest], Manifest]
"""How an object is shown: whole, as a Table of one row, or as its metadata."""

_SHORTEST_DEFAULT, _LONGEST_DEFAULT = 1800, 3600


class Watch:
    """One client's stream. It is filled on the loop's thread while events happen, and sent by ``serve``."""

    def __init__(
        self, resource: Resource, namespace: str | None, selects: Selects | None, shape: Shape
    ) -> None:
        self._resource, self._namespace, self._selects, self._shape = resource, namespace, selects, shape
        self._lines: list[bytes] = []
        self._ready = asyncio.Event()
        self._ended = False

    def end(self) -> None:
        """Let ``serve`` return when all that has happened is sent."""
        self._ended = True
        self._ready.set()

    def tell(self, event: Event) -> None:
        """An event, as this watch sees it: what enters its selection is added, what leaves it is deleted."""
        if self._namespace is not None and event.object["metadata"].get("namespace") != self._namespace:
            return
        passes = event.type != "DELETED" and self._passes(event.object)
        passed = event.previous is not None and self._passes(event.previous)
        if passes:
            self.send("MODIFIED" if passed else "ADDED", event.object)
        elif passed and event.type == "DELETED":
            self.send("DELETED", event.object)
        elif passed and event.previous is not None:
            metadata = {**event.previous["metadata"], "resourceVersion": str(event.resource_version)}
            self.send("DELETED", {**event.previous, "metadata": metadata})

    def send(self, kind: str, manifest: Manifest) -> None:
        shown = self._shape(as_served(self._resource, manifest))
        self._put(kind, shown)

    def bookmark(self, resource_version: int, annotations: Mapping[str, str] | None = None) -> None:
        """Tell up to which version everything has been sent."""
        metadata: dict[str, Any] = {"resourceVersion": str(resource_version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = dict(annotations)
        kind, version = self._resource.kind, self._resource.api_version
        self._put("BOOKMARK", {"kind": kind, "apiVersion": version, "metadata": metadata})

    def fail(self, status: Manifest) -> None:
        """Send a Status and end: the watch cannot go on."""
        self._put("ERROR", status)
        self.end()

    async def serve(self, response: web.StreamResponse) -> None:
        """Send lines until the end."""
        while not self._ended or self._lines:
            await self._ready.wait()
            self._ready.clear()
            lines, self._lines = self._lines, []
            if lines:
                await response.write(b"".join(lines))

    def _passes(self, manifest: Manifest) -> bool:
        return self._selects is None or self._selects(manifest)

    def _put(self, kind: str, manifest: Manifest) -> None:
        self._lines.append(
            json.dumps({"type": kind, "object": manifest}, separators=(",", ":")).encode() + b"\n"
        )
        self._ready.set()


def begin(
    store: Store, resource: Resource, namespace: str | None, watch: Watch, query: Mapping[str, str]
) -> None:
    """Send what a watch starts with: the present objects, or what happened since the version that it names.

    Raises:
        BadRequest, InvalidOptions: the parameters do not fit together.
    """
    asked = query.get("resourceVersion", "")
    version = _version(asked) if asked else 0
    if is_true(query, "sendInitialEvents"):
        _require_initial_options(query)
        _send_all(store, resource, namespace, watch)
        watch.bookmark(store.resource_version, {"k8s.io/initial-events-end": "true"})
        return
    if query.get("resourceVersionMatch"):
        detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise InvalidOptions("ListOptions", complaint.forbidden("resourceVersionMatch", detail))
    if version == 0:
        _send_all(store, resource, namespace, watch)
        return
    try:
        events = store.events_since(resource, version)
    except Expired as expired:
        watch.fail(expired.status)
        return
    for event in events:
        watch.tell(event)


def _version(text: str) -> int:
    """The version to watch from; what is no number is no BadRequest here, as of an API server."""
    try:
        return parse_version(text)
    except BadRequest as refused:
        raise Unknown(refused.message.removeprefix("invalid resource version: ")) from refused


def deadline(query: Mapping[str, str]) -> float:
    """After how many seconds a watch ends: what was asked for, or something from half an hour to an hour."""
    text = query.get("timeoutSeconds", "")
    if text and not text.isdecimal():
        raise BadRequest(f'timeoutSeconds: Invalid value: "{text}": must be an integer')
    return float(text) if text and text != "0" else random.uniform(_SHORTEST_DEFAULT, _LONGEST_DEFAULT)  # noqa: S311 - no secret


def _require_initial_options(query: Mapping[str, str]) -> None:
    if query.get("resourceVersionMatch") != "NotOlderThan":
        detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise InvalidOptions("ListOptions", complaint.forbidden("resourceVersionMatch", detail))
    if not is_true(query, "allowWatchBookmarks"):
        detail = "sendInitialEvents requires setting allowWatchBookmarks to true"
        raise InvalidOptions("ListOptions", complaint.forbidden("sendInitialEvents", detail))


def _send_all(store: Store, resource: Resource, namespace: str | None, watch: Watch) -> None:
    for manifest in store.select(resource, namespace):
        watch.tell(Event("ADDED", manifest, int(manifest["metadata"]["resourceVersion"]), None))
