"""What the Kubernetes API has stored, asked of etcd itself, and taken out of it.

An API server lists one kind at a time, and there are forty. etcd tells all keys at once, in the layout of Kubernetes'
storage: ``/registry/<kind's folder>/<namespace>/<name>``. Custom resources are stored as JSON, the kinds of Kubernetes
itself as protobuf, and an object's resource version is etcd's revision of its last change.
Sources: etcd's gRPC gateway (``/v3/kv/range``, ``/v3/kv/txn``); k8s.io/apiserver, registry/generic, ``DefaultKeyFunc``;
k8s.io/apimachinery, ``runtime.Unknown`` and ``meta/v1.ObjectMeta`` in their ``generated.proto``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet

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


_PROTOBUF = b"k8s\x00"
_RAW, _METADATA, _FINALIZERS = 2, 1, 14
"""Numbers of the fields ``Unknown.raw``, the ``metadata`` of every kind, and ``ObjectMeta.finalizers``."""


class Key(NamedTuple):
    """Where an object is stored."""

    plural: str
    """The kind's name in the API's paths."""
    group: str
    """The kind's group where the folder says it, which is so for custom resources."""
    name: str
    stored: str
    """Where etcd has it."""


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
        found = {_read(key, *key.removeprefix(_ROOT).split(between)) for key in keys if between in key}
        return {each for each in found if each.plural != "events"}

    def remove(self, keys: Iterable[Key]) -> set[Key]:
        """Delete the objects that no finalizer holds, as they are at this moment, all at once.

        Whoever watches them through the Kubernetes API is told, since an API server without a watch cache asks etcd.

        Returns:
            those that were left: held by a finalizer, or all of them if one has changed meanwhile.
        """
        wanted = {_encoded(each.stored): each for each in keys}
        read = self._call("txn", {"success": [{"request_range": {"key": key}} for key in wanted]})
        present = [pair for each in read.get("responses", ()) for pair in each["response_range"].get("kvs", ())]
        free = {
            each["key"]: each["mod_revision"]
            for each in present
            if not _is_held(base64.b64decode(each["value"]))
        }
        unchanged = [
            {"key": key, "target": "MOD", "result": "EQUAL", "mod_revision": revision}
            for key, revision in free.items()
        ]
        deletions = [{"request_delete_range": {"key": key}} for key in free]
        done = self._call("txn", {"compare": unchanged, "success": deletions}).get("succeeded", False)
        return {wanted[each["key"]] for each in present if not done or each["key"] not in free}

    def _range(self, begin: str, end: str, *, keys_only: bool = False) -> list[Any]:
        body = {"key": _encoded(begin), "range_end": _encoded(end), "keys_only": keys_only}
        return list(self._call("range", body).get("kvs", ()))

    def _call(self, method: str, body: dict[str, Any]) -> Any:
        try:
            return self._client.post(f"/v3/kv/{method}", json=body).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise EnvironmentFailed("etcd", str(error)) from error


def _read(stored: str, folder: str, name: str) -> Key:
    group, _, plural = folder.rpartition("/")
    if folder in _FOLDERS:
        return Key(_FOLDERS[folder], "", name, stored)
    return Key(plural, group if "." in group else "", name, stored)


def _is_held(value: bytes) -> bool:
    """Whether a stored object has finalizers."""
    if not value.startswith(_PROTOBUF):
        return bool(json.loads(value)["metadata"].get("finalizers"))
    content = b"".join(_field(value.removeprefix(_PROTOBUF), _RAW))
    return bool(_field(b"".join(_field(content, _METADATA)), _FINALIZERS))


def _field(message: bytes, number: int) -> list[bytes]:
    fields = UnknownFieldSet(Empty.FromString(message))
    return [each.data for each in fields if each.field_number == number]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
