"""What etcd holds for a namespace, asked of etcd itself.

An API server lists one kind at a time, and there are forty. etcd tells all keys at once, in the layout of Kubernetes'
storage: ``/registry/<kind's folder>/<namespace>/<name>``.
Sources: etcd's gRPC gateway (``/v3/kv/range``); k8s.io/apiserver, registry/generic, ``DefaultKeyFunc``.
"""

from __future__ import annotations

import base64
from types import TracebackType
from typing import NamedTuple, Self

import httpx

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

    def inside(self, namespace: str) -> set[Key]:
        """The objects in a namespace, events left out."""
        body = {"key": _encoded(_ROOT), "range_end": _encoded(_AFTER), "keys_only": True}
        try:
            answer = self._client.post("/v3/kv/range", json=body).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise EnvironmentFailed("etcd", str(error)) from error
        keys = (base64.b64decode(each["key"]).decode() for each in answer.get("kvs", ()))
        between = f"/{namespace}/"
        found = {_read(*key.removeprefix(_ROOT).split(between)) for key in keys if between in key}
        return {each for each in found if each.plural != "events"}


def _read(folder: str, name: str) -> Key:
    group, _, plural = folder.rpartition("/")
    if folder in _FOLDERS:
        return Key(_FOLDERS[folder], "", name)
    return Key(plural, group if "." in group else "", name)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
