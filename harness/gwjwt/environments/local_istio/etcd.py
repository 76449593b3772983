"""What the Kubernetes API has stored, asked of etcd itself.

An API server lists one kind at a time, and there are forty. etcd tells all keys at once, in the layout of Kubernetes'
storage: ``/registry/<kind's folder>/<namespace>/<name>``. Custom resources are stored as JSON, and an object's
resource version is etcd's revision of its last change.
Sources: etcd's gRPC gateway (``/v3/kv/range``); k8s.io/apiserver, registry/generic, ``DefaultKeyFunc``.
"""

from __future__ import annotations

import base64
import json
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from gwjwt.cluster import Object
from gwjwt.errors import EnvironmentFailed

_SECONDS = 5.0
_ROOT, _AFTER = "/registry/", "/registry0"
_FOLDERS = {
    "services/specs": "services",
    "services/endpoints": "endpoints",
    "controllers": "replicationcontrollers",
}
"""Folders whose last part is not the name by which the API knows the kind."""


class Key(NamedTuple):
    """Where an object is stored."""

    plural: str
    """The kind's name in the API's paths."""
    group: str
    """The kind's group where the folder says it, which is so for custom resources."""
    name: str


class Etcd:
    """A context manager around a client of etcd."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def custom_objects(self, group: str, plural: str) -> list[Object]:
        """The custom resources of a kind, with their resource version, as of this moment."""
        folder = f"{_ROOT}{group}/{plural}"
        found = self._range(f"{folder}/", f"{folder}0")
        objects = []
        for each in found:
            value = json.loads(base64.b64decode(each["value"]))
            value["metadata"]["resourceVersion"] = each["mod_revision"]
            objects.append(value)
        return objects

    def inside(self, namespace: str) -> set[Key]:
        """The objects in a namespace, events left out."""
        stored = self._range(_ROOT, _AFTER, keys_only=True)
        keys = (base64.b64decode(each["key"]).decode() for each in stored)
        between = f"/{namespace}/"
        found = {_read(*key.removeprefix(_ROOT).split(between)) for key in keys if between in key}
        return {each for each in found if each.plural != "events"}

    def _range(self, begin: str, end: str, *, keys_only: bool = False) -> list[Any]:
        body = {"key": _encoded(begin), "range_end": _encoded(end), "keys_only": keys_only}
        try:
            answer = self._client.post("/v3/kv/range", json=body).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise EnvironmentFailed("etcd", str(error)) from error
        return list(answer.get("kvs", ()))


def _read(folder: str, name: str) -> Key:
    group, _, plural = folder.rpartition("/")
    if folder in _FOLDERS:
        return Key(_FOLDERS[folder], "", name)
    return Key(plural, group if "." in group else "", name)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
