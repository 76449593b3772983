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
from collections.abc import Iterable, Mapping
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
_SPEC, _PORTS, _NODE_PORT, _CLUSTER_IPS = 2, 1, 5, 18
"""Numbers of ``Service.spec``, ``ServiceSpec.ports``, ``ServicePort.nodePort`` and ``ServiceSpec.clusterIPs``."""
_SERVICES = f"{_ROOT}services/specs/"
_HEADLESS = b"None"


class Resource(NamedTuple):
    """A kind of custom resources, by the names that the API's paths have for it."""

    group: str
    plural: str


class Key(NamedTuple):
    """Where an object is stored."""

    plural: str
    """The kind's name in the API's paths."""
    group: str
    """The kind's group where the folder says it, which is so for custom resources."""
    name: str
    stored: str
    """Where etcd has it."""


class Left(NamedTuple):
    """What was not removed."""

    held: set[Key]
    """Objects with finalizers, and Services with node ports, which only the API server gives back."""
    changed: set[Key]
    """Objects that somebody has written meanwhile."""


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

    def custom_objects(self, *kinds: Resource) -> dict[Resource, list[Object]]:
        """The custom resources of these kinds, with their resource version, all as of the same moment."""
        folders = [f"{_ROOT}{each.group}/{each.plural}" for each in kinds]
        ranges = [_between(f"{folder}/", f"{folder}0") for folder in folders]
        found = self._call("txn", {"success": [{"request_range": each} for each in ranges]})["responses"]
        return {
            kind: [_custom_object(pair) for pair in each["response_range"].get("kvs", ())]
            for kind, each in zip(kinds, found, strict=True)
        }

    def inside(self, namespace: str) -> set[Key]:
        """The objects in a namespace, events left out."""
        stored = self._call("range", {**_between(_ROOT, _AFTER), "keys_only": True}).get("kvs", ())
        keys = (base64.b64decode(each["key"]).decode() for each in stored)
        between = f"/{namespace}/"
        found = {_read(key, *key.removeprefix(_ROOT).split(between)) for key in keys if between in key}
        return {each for each in found if each.plural != "events"}

    def remove(self, keys: Iterable[Key]) -> Left:
        """Delete the objects that no finalizer holds, each if it is still as it was when that was looked up.

        The cluster IPs of a Service go with it: the object that stands for each is all that is kept of an allocation
        (Kubernetes documentation, "Service ClusterIP allocation", KEP-1880).
        Whoever watches them through the Kubernetes API is told, since an API server without a watch cache asks etcd.
        """
        wanted = {_encoded(each.stored): each for each in keys}
        read = self._call("txn", {"success": [{"request_range": {"key": key}} for key in wanted]})
        present = [
            pair for each in read.get("responses", ()) for pair in each["response_range"].get("kvs", ())
        ]
        held = {each["key"] for each in present if _is_held(each)}
        free = [each for each in present if each["key"] not in held]
        tried = self._call("txn", {"success": [{"request_txn": _deletion(each)} for each in free]})
        outcomes = [each["response_txn"].get("succeeded", False) for each in tried.get("responses", ())]
        changed = {each["key"] for each, done in zip(free, outcomes, strict=True) if not done}
        return Left({wanted[key] for key in held}, {wanted[key] for key in changed})

    def remove_namespace(self, name: str) -> None:
        """Delete the namespace itself, as its finalization would; nothing may be left in it.

        Source: Kubernetes API, ``NamespaceSpec.finalizers``: the namespace goes when the last of them is taken off.
        """
        key = _encoded(f"{_ROOT}namespaces/{name}")
        self._call("deleterange", {"key": key})

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


def _deletion(pair: Mapping[str, Any]) -> Object:
    """The transaction that deletes a key if it is still as it was read."""
    key = pair["key"]
    unchanged = {"key": key, "target": "MOD", "result": "EQUAL", "mod_revision": pair["mod_revision"]}
    with_it = [key, *(_encoded(f"{_ROOT}ipaddresses/{each}") for each in _cluster_ips(pair))]
    return {"compare": [unchanged], "success": [{"request_delete_range": {"key": each}} for each in with_it]}


def _is_held(pair: Mapping[str, Any]) -> bool:
    """Whether only the API server may delete it: it has finalizers, or node ports."""
    value = base64.b64decode(pair["value"])
    if not value.startswith(_PROTOBUF):
        return bool(json.loads(value)["metadata"].get("finalizers"))
    if _message(pair, _METADATA, _FINALIZERS):
        return True
    return _is_service(pair) and any(_message(pair, _SPEC, _PORTS, _NODE_PORT))


def _cluster_ips(pair: Mapping[str, Any]) -> list[str]:
    if not _is_service(pair):
        return []
    return [each.decode() for each in _message(pair, _SPEC, _CLUSTER_IPS) if each != _HEADLESS]


def _is_service(pair: Mapping[str, Any]) -> bool:
    return base64.b64decode(pair["key"]).decode().startswith(_SERVICES)


def _message(pair: Mapping[str, Any], *path: int) -> list[Any]:
    """What an object that is stored as protobuf has in the field at the end of a path of fields."""
    messages = [base64.b64decode(pair["value"]).removeprefix(_PROTOBUF)]
    for number in (_RAW, *path):
        messages = [each for message in messages for each in _field(message, number)]
    return messages


def _field(message: bytes, number: int) -> list[Any]:
    fields = UnknownFieldSet(Empty.FromString(message))
    return [each.data for each in fields if each.field_number == number]


def _custom_object(pair: Mapping[str, Any]) -> Object:
    value: Object = json.loads(base64.b64decode(pair["value"]))
    value["metadata"]["resourceVersion"] = pair["mod_revision"]
    return value


def _between(begin: str, end: str) -> dict[str, Any]:
    return {"key": _encoded(begin), "range_end": _encoded(end)}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
