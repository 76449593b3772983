"""A real Envoy behind a ten-line object source, a backend that says what it got, and tokens."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gwjwt.environments.embedded.gateway import EmbeddedGateway, ExtensionProvider, Mesh
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.ports import PortPool
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines
from gwjwt.words import Endpoint, GatewayName

Manifest = dict[str, Any]
ISSUER = "https://issuer.example/team"
NAMESPACE = "m"
GATEWAY = GatewayName(NAMESPACE, "ing")
API_VERSIONS = {
    "Gateway": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "DestinationRule": "networking.istio.io/v1",
    "RequestAuthentication": "security.istio.io/v1",
    "AuthorizationPolicy": "security.istio.io/v1",
    "Service": "v1",
}


class Objects:
    """An object source: what it is told to hold, and one subscriber."""

    def __init__(self, loop: BackgroundLoop) -> None:
        self._loop, self._held, self._version = loop, {}, 0
        self._callback = lambda *_: None

    def list(self, kind: str, namespace: str | None = None) -> list[Manifest]:
        return [each for key, each in self._held.items() if key[0] == kind and namespace in (None, key[1])]

    def subscribe(self, callback: Any) -> Any:
        self._callback = callback
        return lambda: None

    def put(self, *manifests: Manifest) -> None:
        for manifest in manifests:
            self._loop.call(self._write, manifest)

    def delete(self, manifest: Manifest) -> None:
        self._loop.call(self._erase, manifest)

    def _write(self, manifest: Manifest) -> None:
        event = "MODIFIED" if self._key(manifest) in self._held else "ADDED"
        self._held[self._key(manifest)] = manifest
        self._tell(event, manifest)

    def _erase(self, manifest: Manifest) -> None:
        self._tell("DELETED", self._held.pop(self._key(manifest)))

    def _tell(self, event: str, manifest: Manifest) -> None:
        self._version += 1
        self._callback(event, manifest, self._version)

    @staticmethod
    def _key(manifest: Manifest) -> tuple[str, str, str]:
        metadata = manifest["metadata"]
        return manifest["kind"], metadata["namespace"], metadata["name"]


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]
    backend: dict[str, Any] | None = None
    """What the backend got, if the request got through."""

    def seen(self, header: str) -> str | None:
        return None if self.backend is None else self.backend["headers"].get(header)


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        status, headers, body = self.server.answer(self.path, self.headers)  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_POST = do_GET  # noqa: N815 - the base class' naming

    def log_message(self, *_: object) -> None:
        pass


class HttpServer:
    """Answers by a function, remembers the requests."""

    def __init__(self, answer: Any) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
        self._server.requests = []
        self._server.answer = answer
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def requests(self) -> list[tuple[str, dict[str, str]]]:
        return self._server.requests

    def answer_with(self, answer: Any) -> None:
        self._server.answer = answer

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        self._server.daemon_threads = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def echo(path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return 200, {"x-backend": "echo"}, json.dumps({"path": path, "headers": lowered}).encode()


@dataclass
class Issuer:
    """Keys of one issuer."""

    name: str = ISSUER
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = "k1"

    @property
    def jwks(self) -> str:
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": self.kid, "alg": "ES256"}]})

    def token(self, **claims: Any) -> str:
        body = {"iss": self.name, "sub": "alice", "exp": 4_000_000_000, **claims}
        body = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(body, self.key, "ES256", headers={"kid": self.kid})

    def bearer(self, **claims: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(**claims)}"}


def request(endpoint: Endpoint, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=5)
    try:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        body = response.read().decode()
        got = {name.lower(): value for name, value in response.getheaders()}
        backend = json.loads(body) if got.get("x-backend") else None
        return Answer(response.status, body, got, backend)
    finally:
        connection.close()


def manifest(kind: str, name: str, spec: Manifest, namespace: str = NAMESPACE, **extra: Any) -> Manifest:
    metadata = {"name": name, "namespace": namespace, "generation": 1, **extra.pop("metadata", {})}
    return {"apiVersion": API_VERSIONS[kind], "kind": kind, "metadata": metadata, "spec": spec, **extra}


def gateway(name: str = "ing", namespace: str = NAMESPACE, **listener: Any) -> Manifest:
    listeners = [{"name": "http", "port": 80, "protocol": "HTTP", **listener}]
    return manifest("Gateway", name, {"gatewayClassName": "istio", "listeners": listeners}, namespace)


def route(name: str = "app", parent: str = "ing", **spec: Any) -> Manifest:
    rules = spec.pop("rules", [{"backendRefs": [{"name": "app", "port": 80}]}])
    return manifest("HTTPRoute", name, {"parentRefs": [{"name": parent}], "rules": rules, **spec})


def service(name: str = "app", port: int = 1) -> list[Manifest]:
    return [
        manifest("Service", name, {"ports": [{"name": "http", "port": 80}]}),
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name}-1",
                "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": name},
            },
            "endpoints": [{"addresses": ["127.0.0.1"]}],
            "ports": [{"name": "http", "port": port}],
        },
    ]


TARGET = [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "ing"}]


def request_authentication(*rules: Manifest, name: str = "ra", **spec: Any) -> Manifest:
    return manifest("RequestAuthentication", name, {"targetRefs": TARGET, "jwtRules": list(rules), **spec})


def policy(action: str, *rules: Manifest, name: str = "", **spec: Any) -> Manifest:
    spec = {"targetRefs": TARGET, "action": action, "rules": list(rules), **spec}
    return manifest("AuthorizationPolicy", name or action.lower(), spec)


DENY_WITHOUT_TOKEN = {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}


@dataclass
class World:
    """A running embedded gateway with one backend behind a Service ``app``."""

    gateway: EmbeddedGateway
    objects: Objects
    backend: HttpServer
    authorizer: HttpServer
    statuses: dict[tuple[str, str, str], Any]
    loop: BackgroundLoop
    directory: RunDirectory

    def apply(self, *manifests: Manifest) -> None:
        self.objects.put(*manifests)
        self.gateway.settle()

    def remove(self, manifest: Manifest) -> None:
        self.objects.delete(manifest)
        self.gateway.settle()

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        return request(self.gateway.endpoint(GATEWAY), path, method, **headers)

    get_from = staticmethod(request)


PROVIDER = "authorizer"


@pytest.fixture(scope="session")
def shared() -> Iterator[World]:
    statuses: dict[tuple[str, str, str], Any] = {}

    def note(kind: str, namespace: str, name: str, status: Any) -> None:
        statuses[kind, namespace, name] = status

    with (
        BackgroundLoop() as loop,
        RunDirectory() as directory,
        HttpServer(echo) as backend,
        HttpServer(echo) as authorizer,
    ):
        provider = ExtensionProvider(
            PROVIDER,
            Endpoint("127.0.0.1", authorizer.port),
            ("cookie",),
            ("authorization", "x-user"),
            ("location",),
        )
        objects = Objects(loop)
        with EmbeddedGateway(loop, objects, directory, Mesh((provider,)), Deadlines(), note) as running:
            yield World(running, objects, backend, authorizer, statuses, loop, directory)
        assert not asyncio.all_tasks(loop.loop)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The gateway ``m/ing`` with a route to the backend; everything is gone again afterwards."""
    shared.backend.requests.clear()
    shared.authorizer.requests.clear()
    shared.objects.put(*service(port=shared.backend.port), gateway(), route())
    shared.gateway.settle()
    yield shared
    for held in [*shared.objects._held.values()]:
        shared.objects.delete(held)
    shared.gateway.settle()


@pytest.fixture(scope="session")
def k8s() -> SimpleNamespace:
    """Builders of manifests."""
    return SimpleNamespace(
        manifest=manifest,
        gateway=gateway,
        route=route,
        service=service,
        request_authentication=request_authentication,
        policy=policy,
        target=TARGET,
        deny_without_token=DENY_WITHOUT_TOKEN,
        provider=PROVIDER,
        name=GATEWAY,
    )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def other_issuer() -> Issuer:
    return Issuer("https://other.example", kid="other")


@pytest.fixture
def http_server() -> type[HttpServer]:
    return HttpServer


@pytest.fixture
def ports() -> Iterator[PortPool]:
    with PortPool() as pool:
        yield pool


@pytest.fixture
def impatient(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits end soon, for tests of what never comes."""
    monkeypatch.setattr(shared.gateway, "_deadlines", Deadlines(settle=0.1))
