"""The embedded Kubernetes API on HTTP: 127.0.0.1, a port of its own, a random token.

kubectl never sends a bearer token over plain HTTP. So the server's address in the kubeconfig has the token as its first
path segment, and either that or the usual header lets a request in.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from gwjwt.environments.embedded.api import discovery, openapi, watching
from gwjwt.environments.embedded.api.errors import (
    ApiRefusal,
    BadRequest,
    MethodNotAllowed,
    NotAcceptable,
    Unauthorized,
)
from gwjwt.environments.embedded.api.kubeconfig import write_kubeconfig
from gwjwt.environments.embedded.api.listing import selection
from gwjwt.environments.embedded.api.missing import Missed
from gwjwt.environments.embedded.api.requests import (
    Representation,
    ResourcePath,
    is_true,
    parse_path,
    wanted_representation,
)
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.store import Store
from gwjwt.environments.embedded.api.tables import as_metadata, as_table
from gwjwt.environments.embedded.api.verbs import Answer, Call, answer
from gwjwt.local.background import BackgroundLoop
from gwjwt.words import Endpoint

_HEALTH = {"/healthz", "/livez", "/readyz"}
_LARGEST_BODY = 3 * 1024 * 1024
"""The limit of an API server, in bytes."""


class KubernetesApi:
    """A context manager around the server. Leaving it ends all watches and frees the port.

    ``store`` and ``missed`` belong to the thread of ``loop``: use ``loop.call`` to reach them from another one.
    """

    def __init__(self, loop: BackgroundLoop, directory: Path) -> None:
        self._loop = loop
        self._directory = directory
        self._token = secrets.token_urlsafe(32)
        self._watches: set[watching.Watch] = set()
        self._documents: dict[tuple[str, int], Manifest | None] = {}
        self._runner: web.ServerRunner | None = None
        self._endpoint: Endpoint | None = None
        self.store = Store()
        self.missed = Missed()
        self.kubeconfig = directory / "kubeconfig"

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens, while it does."""
        if self._endpoint is None:
            raise RuntimeError("the embedded Kubernetes API is not running")
        return self._endpoint

    def __enter__(self) -> Self:
        self._endpoint = self._loop.run(self._start())
        try:
            write_kubeconfig(self._directory, self._endpoint.url(f"/{self._token}"), self._token)
        except OSError:
            self._loop.run(self._stop())
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._endpoint = None
        self._loop.run(self._stop())
        self.kubeconfig.unlink(missing_ok=True)

    async def _start(self) -> Endpoint:
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return Endpoint(host, port)

    async def _stop(self) -> None:
        for watch in list(self._watches):
            watch.end()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            asked = self._admit(request)
            path = parse_path(asked)
            resource = self.store.registry.at(path.group, path.version, path.plural) if path else None
            if path is None or resource is None:
                return self._describe(request, asked)
            return await self._serve(request, path, resource)
        except ApiRefusal as refusal:
            return _json(refusal.code, refusal.status, refusal.warnings)

    def _admit(self, request: web.BaseRequest) -> str:
        """The path that is asked for, without the token.

        Raises:
            Unauthorized: the token is neither in the path nor in the header.
        """
        token, slash, rest = request.path[1:].partition("/")
        if secrets.compare_digest(token.encode(), self._token.encode()):
            return slash + rest
        if secrets.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {self._token}".encode()
        ):
            return request.path
        raise Unauthorized

    async def _serve(
        self, request: web.BaseRequest, path: ResourcePath, resource: Resource
    ) -> web.StreamResponse:
        shape = wanted_representation(request.headers.get("Accept", ""))
        if shape is None:
            accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
            raise NotAcceptable(f"406: Not Acceptable\n\nAvailable representations: {accepted}", {})
        query = request.query
        if request.method == "GET" and is_true(query, "watch"):
            return await self._watch(
                request, path, resource, _shaper(resource, shape, query.get("includeObject", ""))
            )
        body = await request.content.read(_LARGEST_BODY + 1)
        while body and len(body) <= _LARGEST_BODY and not request.content.at_eof():
            body += await request.content.read(_LARGEST_BODY + 1 - len(body))
        if len(body) > _LARGEST_BODY:
            raise TooLarge(f"Request entity too large: limit is {_LARGEST_BODY}")
        given = answer(self.store, Call(request.method, resource, path, query, request.headers, body))
        shown = _shown(resource, given, shape, query.get("includeObject", ""))
        return _json(given.code, shown, given.warnings)

    async def _watch(
        self, request: web.BaseRequest, path: ResourcePath, resource: Resource, shape: watching.Shape
    ) -> web.StreamResponse:
        query = request.query
        selects = selection(resource, query, path.name)
        seconds = watching.deadline(query)
        watch = watching.Watch(resource, path.namespace, selects, shape)
        watching.begin(self.store, resource, path.namespace, watch, query)
        stop = self.store.follow(resource, watch.tell)
        expiry = self._loop.loop.call_later(
            seconds, self._expire, watch, is_true(query, "allowWatchBookmarks")
        )
        self._watches.add(watch)
        try:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            await watch.serve(response)
            await response.write_eof()
        finally:
            self._watches.discard(watch)
            expiry.cancel()
            stop()
        return response

    def _expire(self, watch: watching.Watch, bookmarks: bool) -> None:
        if bookmarks:
            watch.bookmark(self.store.resource_version)
        watch.end()

    def _describe(self, request: web.BaseRequest, asked: str) -> web.StreamResponse:
        """The paths that are no resources: health, version, discovery and OpenAPI."""
        path = asked.rstrip("/") or "/"
        if path in _HEALTH and request.method == "GET":
            return web.Response(text="ok")
        document = self._document(path, request.host)
        if document is None:
            self.missed.note(asked, self.store.registry)
            return web.Response(status=404, text="404 page not found\n")
        if request.method != "GET":
            raise MethodNotAllowed
        return _json(200, document)

    def _document(self, path: str, address: str) -> Manifest | None:
        registry = self.store.registry
        key = (path, registry.generation)
        if key not in self._documents:
            if len(self._documents) > _MANY:
                self._documents.clear()
            self._documents[key] = _make_document(self.store, path, address)
        return self._documents[key]


_MANY = 200


class TooLarge(ApiRefusal):
    """The body is larger than an API server takes."""

    code, reason = 413, "RequestEntityTooLarge"


def _make_document(store: Store, path: str, address: str) -> Manifest | None:
    if path == "/version":
        return discovery.VERSION
    if path == "/openapi/v3":
        return openapi.index(store.registry)
    if path.startswith("/openapi/v3/"):
        return openapi.document(store.registry, path.removeprefix("/openapi/v3/"))
    return discovery.describe(store.registry, path, address)


def _shaper(resource: Resource, shape: Representation, include: str) -> watching.Shape:
    """How the objects of a watch are shown."""
    if shape == "Table":
        return lambda manifest: as_table(resource, [manifest], {}, include)
    return as_metadata if shape == "PartialObjectMetadata" else lambda manifest: manifest


def _shown(resource: Resource, given: Answer, shape: Representation, include: str) -> Manifest:
    """An answer in the form that was asked for; a Status stays one."""
    body = given.body
    is_list = body.get("kind") == resource.list_kind
    if shape == "Object" or not (is_list or body.get("kind") == resource.kind):
        return body
    kind = {"kind": resource.kind, "apiVersion": resource.api_version}
    items = [{**kind, **one} for one in body["items"]] if is_list else [body]
    if include not in {"", "None", "Metadata", "Object"}:
        raise BadRequest(f'includeObject: Invalid value: "{include}"')
    if shape == "Table":
        metadata = (
            body["metadata"] if is_list else {"resourceVersion": body["metadata"].get("resourceVersion", "")}
        )
        return as_table(resource, items, metadata, include)
    if not is_list:
        return as_metadata(body)
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": body["metadata"],
        "items": [as_metadata(one) for one in items],
    }


_encode: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _json(code: int, body: Manifest, warnings: Iterable[str] = ()) -> web.Response:
    response = web.Response(status=code, body=_encode(body).encode(), content_type="application/json")
    for warning in warnings:
        escaped = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{escaped}"')
    return response
