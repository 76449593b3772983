"""One store for each test, and one server for all tests that speak HTTP."""

import http.client
import json
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from gwjwt.environments.embedded.api import KubernetesApi, Store
from gwjwt.local.background import BackgroundLoop


@pytest.fixture
def store():
    return Store()


@pytest.fixture(scope="session")
def loop():
    with BackgroundLoop() as running:
        yield running


@pytest.fixture(scope="session")
def api(loop, tmp_path_factory):
    with KubernetesApi(loop, tmp_path_factory.mktemp("api")) as running:
        yield running


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: dict


class RawClient:
    """Sends exactly what a test says, on one connection."""

    def __init__(self, server):
        self._base = urlsplit(server)
        self._connection = http.client.HTTPConnection(self._base.hostname, self._base.port, timeout=5)

    def send(self, method, path, body=None, *, content_type="application/json", **headers):
        raw = body if isinstance(body, bytes | None) else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            sent["Content-Type"] = content_type
        self._connection.request(method, self._base.path + path, raw, sent)
        answer = self._connection.getresponse()
        text = answer.read()
        return Reply(
            answer.status, answer.headers, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
        )

    def watch(self, path):
        """The events of a watch, one by one."""
        self._connection.request("GET", self._base.path + path)
        with self._connection.getresponse() as answer:
            assert answer.status == 200
            while line := answer.readline():
                yield json.loads(line)

    def close(self):
        self._connection.close()


@pytest.fixture(scope="session")
def server(api):
    """The address in the kubeconfig."""
    return json.loads(api.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]


@pytest.fixture
def raw(server):
    client = RawClient(server)
    yield client
    client.close()


@pytest.fixture
def namespace(api, loop, request):
    """A namespace of the test's own, gone after it."""
    name = f"t-{zlib.crc32(request.node.nodeid.encode())}"
    loop.call(api.store.create, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    loop.call(api.store.delete, "Namespace", None, name)
