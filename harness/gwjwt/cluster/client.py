"""The one way in which drivers and the reference controller talk to a Kubernetes API.

A thin layer over the official ``kubernetes`` client, which reads the kubeconfig and knows how to authenticate
and to encrypt. Objects are plain manifests, and a kind's path comes from the API's own discovery, so that any
custom resource works without generated classes.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from urllib.parse import urlencode, urlsplit

import urllib3
import yaml

from gwjwt.cluster.connection import ApiConnection, connection
from gwjwt.cluster.discovery import Discovery, root
from gwjwt.cluster.watch import ApiRefused, Object, Watch, refusal
from gwjwt.errors import EnvironmentDied, EnvironmentFailed, GwjwtError, UsageError

__all__ = ["ApiRefused", "Cluster", "Listing", "Object", "Reference"]

_ANSWERED_BY_NOBODY = frozenset({401, 429, 500, 502, 503, 504})
"""Statuses that say something about the API server and nothing about the object."""


_CREDENTIALS_LAST = 20.0
"""Seconds until the client is asked again: its answer costs a quarter of a millisecond, credentials last minutes."""


class Reference(NamedTuple):
    """Which object; ``namespace`` is empty for objects that belong to the whole cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Reference:
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class ServedKind(NamedTuple):
    """A kind, and the name by which it stands in the API's paths."""

    kind: str
    plural: str


@dataclass(frozen=True)
class Listing:
    """What a list found, and the version of the whole at that moment: a watch continues from there."""

    items: list[Object]
    resource_version: str


class Cluster:
    """A connection to one Kubernetes API; usable from several threads, released by leaving its context.

    Every method raises ``EnvironmentFailed`` when the API cannot be reached, does not let us in or is broken,
    and ``ApiRefused`` when it answers that it does not accept what was asked.
    """

    def __init__(self, kubeconfig: Path, timeout: float = 10.0) -> None:
        """Connect as the kubeconfig's current context says; ``timeout`` in seconds holds for each request.

        Raises:
            UsageError: the kubeconfig is missing or cannot be used.
        """
        # Importing the client takes a quarter of a second, which "gwjwt list" should not pay.
        config = importlib.import_module("kubernetes.config")
        try:
            self._client = config.new_client_from_config(str(kubeconfig), persist_config=False)
        except (config.ConfigException, yaml.YAMLError, OSError, UnicodeDecodeError) as error:
            raise UsageError(f"kubeconfig {kubeconfig}: {' '.join(str(error).split())}") from error
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            # The client checks no types, so this is what a list in the place of a mapping comes to.
            problem = f"is no kubeconfig that the client can read ({type(error).__name__}: {error})"
            raise UsageError(f"kubeconfig {kubeconfig}: {problem}") from error
        self.kubeconfig = kubeconfig
        self._server: str = self._client.configuration.host
        self._api = f"Kubernetes API {urlsplit(self._server).netloc}"  # its path may hold a token
        pools = cast("urllib3.PoolManager", self._client.rest_client.pool_manager)
        try:  # looking it up for each call costs a tenth of the call
            self._pool = pools.connection_from_url(self._server)
        except urllib3.exceptions.LocationValueError as error:
            raise UsageError(f"kubeconfig {kubeconfig}: server: {error}") from error
        self._root = urlsplit(self._server).path.rstrip("/")
        self._timeout = urllib3.Timeout(connect=timeout, read=timeout)
        self._watch_timeout = urllib3.Timeout(connect=timeout, read=None)
        self._common: dict[str, str] = {}
        self._stale = 0.0
        self._discovery = Discovery(lambda path: self._call("GET", path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connection(self) -> ApiConnection:
        """The way to the same API for who keeps a connection of its own."""
        return connection(self._client.configuration, self._headers())

    def path(self, reference: Reference) -> str:
        """The path of an object in the API."""
        return self._path(reference)

    def close(self) -> None:
        self._pool.close()
        self._client.close()

    def apply(self, manifest: Mapping[str, Any], manager: str, *, force: bool = True) -> Object:
        """Server-side apply: create or update, owning the fields that the manifest names as ``manager``."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        path = self._path(Reference.of(manifest))
        return self._call("PATCH", path, query, manifest, "application/apply-patch+yaml")

    def create(self, manifest: Mapping[str, Any]) -> Object:
        """Create the object; returns it as it is stored."""
        reference = Reference.of(manifest)
        path = self._discovery.collection(reference.api_version, reference.kind, reference.namespace)
        return self._call("POST", path, body=manifest)

    def require_acceptable(self, manifest: Mapping[str, Any]) -> None:
        """Have the API judge the object as a new one and store nothing; fields that nobody knows are refused too."""
        reference = Reference.of(manifest)
        path = self._discovery.collection(reference.api_version, reference.kind, reference.namespace)
        self._call("POST", path, {"dryRun": "All", "fieldValidation": "Strict"}, manifest)

    def replace(self, manifest: Mapping[str, Any]) -> Object:
        """Replace the object; refused with 409 when the manifest's ``resourceVersion`` is not the newest."""
        return self._call("PUT", self._path(Reference.of(manifest)), body=manifest)

    def merge(self, reference: Reference, change: Mapping[str, Any], subresource: str = "") -> Object:
        """A JSON merge patch (RFC 7386) to the object or to one of its subresources, such as ``status``."""
        path = self._path(reference) + (f"/{subresource}" if subresource else "")
        return self._call("PATCH", path, body=change, content_type="application/merge-patch+json")

    def patch_status(self, reference: Reference, status: Mapping[str, Any]) -> Object:
        """Merge ``status`` into the object's status."""
        return self.merge(reference, {"status": status}, "status")

    def get(self, reference: Reference) -> Object | None:
        """The object as it is now, or None when there is none."""
        path = self._path(reference)
        try:
            return self._call("GET", path)
        except ApiRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> list[Object]:
        """The objects of a kind, in one namespace or in all, that carry all these labels."""
        return self.listing(api_version, kind, namespace, labels).items

    def listing(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Listing:
        """``list`` together with the version from which a watch continues without a gap."""
        found = self._call(
            "GET", self._discovery.collection(api_version, kind, namespace or ""), _selecting(labels)
        )
        for item in found["items"]:  # the API leaves these out of the items of a list
            item.setdefault("apiVersion", api_version)
            item.setdefault("kind", kind)
        return Listing(found["items"], found["metadata"]["resourceVersion"])

    def delete(self, what: Reference | Mapping[str, Any]) -> Object | None:
        """Delete an object; the answer is its last state, its present one while finalizers run, or None."""
        reference = what if isinstance(what, Reference) else Reference.of(what)
        path = self._path(reference)
        try:
            return self._call("DELETE", path)
        except ApiRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def delete_all(self, api_version: str, kind: str, namespace: str) -> None:
        """Delete every object of a kind in a namespace; pods at once, without waiting for a kubelet."""
        path = self._discovery.collection(api_version, kind, namespace)
        self._call("DELETE", path, {"gracePeriodSeconds": "0"})

    def kinds(self, api_version: str) -> Sequence[ServedKind]:
        """The kinds of a group and version that live in namespaces and can be deleted all together."""
        return [
            ServedKind(each["kind"], each["name"])
            for each in self._call("GET", root(api_version))["resources"]
            if each["namespaced"] and "deletecollection" in each["verbs"]
        ]

    def log(self, pod: Reference, lines: int) -> str:
        """The last lines of what a pod's only container has written.

        Raises:
            ApiRefused: there is no such pod, it has written nothing yet, or its log may not be read.
        """
        target = f"{self._path(pod)}/log?{urlencode({'tailLines': str(lines)})}"
        response = self._send("GET", target, None, "", self._timeout, preload=True)
        if response.status != HTTPStatus.OK:
            raise self._judged(response.status, _decoded(response))
        return response.data.decode(errors="replace")

    def version(self) -> str:
        """The API server's version, such as ``v1.33.1``."""
        return str(self._call("GET", "/version")["gitVersion"])

    def groups(self) -> Sequence[str]:
        """Every group that the API serves, in the version that it prefers, such as ``apps/v1``."""
        found = self._call("GET", "/apis")["groups"]
        return ["v1", *(each["preferredVersion"]["groupVersion"] for each in found)]

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        resource_version: str = "",
    ) -> Watch:
        """Start to watch; the answer is already open when this returns, so no later change can be missed."""
        query = {"watch": "true", "allowWatchBookmarks": "true", **_selecting(labels)}
        if resource_version:
            query["resourceVersion"] = resource_version
        path = self._discovery.collection(api_version, kind, namespace or "")
        response = self._send(
            "GET", f"{path}?{urlencode(query)}", None, "", self._watch_timeout, preload=False
        )
        if response.status != HTTPStatus.OK:
            with Watch(response):
                raise refusal(response.status, _decoded(response))
        return Watch(response)

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API knows the kind by now."""
        try:
            self._discovery.resource(api_version, kind)
        except ApiRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def _path(self, reference: Reference) -> str:
        api_version, kind, namespace, name = reference
        return f"{self._discovery.collection(api_version, kind, namespace)}/{name}"

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        target = f"{path}?{urlencode(query)}" if query else path
        response = self._send(method, target, body, content_type, self._timeout, preload=True)
        answer = _decoded(response)
        if response.status < HTTPStatus.BAD_REQUEST:
            return answer
        raise self._judged(response.status, answer)

    def _judged(self, status: int, answer: Object) -> GwjwtError:
        refused = refusal(status, answer)
        if status in _ANSWERED_BY_NOBODY:
            return EnvironmentFailed(self._api, str(refused))
        return refused

    def _send(
        self,
        method: str,
        target: str,
        body: Mapping[str, Any] | None,
        content_type: str,
        timeout: urllib3.Timeout,
        *,
        preload: bool,
    ) -> urllib3.BaseHTTPResponse:
        headers = self._headers()
        payload = None
        if body is not None:
            headers["Content-Type"] = content_type
            payload = json.dumps(body).encode()
        try:
            return self._pool.urlopen(
                method,
                self._root + target,
                body=payload,
                headers=headers,
                timeout=timeout,
                preload_content=preload,
            )
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            if isinstance(cause, urllib3.exceptions.NewConnectionError):
                raise EnvironmentDied(self._api, f"cannot be reached: {cause}") from error
            raise EnvironmentFailed(self._api, f"{method} {target}: {cause}") from error

    def _headers(self) -> dict[str, str]:
        """Those of every request. The client renews credentials that expire whenever it is asked for them."""
        now = time.monotonic()
        if now >= self._stale:
            credentials = self._client.configuration.auth_settings().values()
            self._common = {
                "Accept": "application/json",
                **self._client.default_headers,
                **{each["key"]: each["value"] for each in credentials},
            }
            self._stale = now + _CREDENTIALS_LAST
        return dict(self._common)


def _selecting(labels: Mapping[str, str] | None) -> dict[str, str]:
    return {"labelSelector": ",".join(f"{key}={value}" for key, value in labels.items())} if labels else {}


def _decoded(response: urllib3.BaseHTTPResponse) -> Object:
    """The body as an object; text that is no JSON, such as a proxy's page, in a message."""
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = response.data.decode(errors="replace").strip()
    return answer if isinstance(answer, dict) else {"message": str(answer)}
