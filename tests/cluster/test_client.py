"""The cluster client against a server that records what it is asked and answers what the test says."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import yaml
from aiohttp import web

from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.cluster.watch import Watch
from gwjwt.errors import EnvironmentFailed, UsageError
from gwjwt.local.background import BackgroundLoop

CORE = [
    {"name": "namespaces", "kind": "Namespace", "namespaced": False},
    {"name": "configmaps", "kind": "ConfigMap", "namespaced": True},
    {"name": "configmaps/status", "kind": "ConfigMap", "namespaced": True},
]
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "m"}}
REFERENCE = Reference("v1", "ConfigMap", "m", "x")


@dataclass
class Api:
    """``answers`` maps "METHOD path" to a status with a body, or to a handler."""

    url: str = ""
    answers: dict[str, tuple[int, object] | Callable] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], object]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request):
        key = f"{request.method} {request.path}"
        body = await request.text()
        self.requests.append((f"{request.method} {request.path_qs}", dict(request.headers), body))
        answer = self.answers.get(key, (404, {"reason": "NotFound", "message": f"no {key}"}))
        if callable(answer):
            return await answer(request)
        status, content = answer
        text = content if isinstance(content, str) else json.dumps(content)
        return web.Response(status=status, text=text, content_type="application/json")


@pytest.fixture
def api():
    fake = Api(answers={"GET /api/v1": (200, {"resources": CORE})})

    async def listen():
        runner = web.ServerRunner(web.Server(fake.handle), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        return runner, f"http://{host}:{port}"

    with BackgroundLoop() as loop:
        runner, fake.url = loop.run(listen())
        yield fake
        loop.call(fake.over.set)
        loop.run(runner.cleanup())


def kubeconfig(server, token="secret"):
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": token}}],
    }
    return yaml.safe_dump(config)


def write_kubeconfig(folder, server, token="secret"):
    file = folder / "kubeconfig"
    file.write_text(kubeconfig(server, token))
    return file


@pytest.fixture
def cluster(api, tmp_path):
    with Cluster(write_kubeconfig(tmp_path, api.url)) as connected:
        yield connected


def test_apply_is_a_server_side_apply_by_the_manager(api, cluster):
    api.answers["PATCH /api/v1/namespaces/m/configmaps/x"] = (200, CONFIG_MAP)
    assert cluster.apply(CONFIG_MAP, "me") == CONFIG_MAP
    target, headers, body = api.requests[-1]
    assert target == "PATCH /api/v1/namespaces/m/configmaps/x?fieldManager=me&force=true"
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    assert headers["Authorization"] == "Bearer secret"
    assert json.loads(body) == CONFIG_MAP


@pytest.mark.parametrize(
    "call, target",
    [
        (lambda c: c.create(CONFIG_MAP), "POST /api/v1/namespaces/m/configmaps"),
        (lambda c: c.replace(CONFIG_MAP), "PUT /api/v1/namespaces/m/configmaps/x"),
        (lambda c: c.get(REFERENCE), "GET /api/v1/namespaces/m/configmaps/x"),
        (lambda c: c.delete(CONFIG_MAP), "DELETE /api/v1/namespaces/m/configmaps/x"),
        (lambda c: c.delete(Reference("v1", "Namespace", "", "m")), "DELETE /api/v1/namespaces/m"),
        (lambda c: c.patch_status(REFERENCE, {}), "PATCH /api/v1/namespaces/m/configmaps/x/status"),
        (lambda c: c.merge(REFERENCE, {}), "PATCH /api/v1/namespaces/m/configmaps/x"),
    ],
)
def test_each_call_has_its_place(api, cluster, call, target):
    api.answers[target] = (200, CONFIG_MAP)
    assert call(cluster) == CONFIG_MAP
    assert api.requests[-1][0] == target


def test_the_items_of_a_list_are_whole_manifests(api, cluster):
    listed = {"metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "x"}}]}
    api.answers["GET /api/v1/configmaps"] = (200, listed)
    listing = cluster.listing("v1", "ConfigMap", labels={"a": "b", "c": "d"})
    assert listing.items == [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}]
    assert listing.resource_version == "7"
    assert api.requests[-1][0] == "GET /api/v1/configmaps?labelSelector=a%3Db%2Cc%3Dd"


def test_what_is_not_there_is_none(cluster):
    assert cluster.get(REFERENCE) is None
    assert cluster.delete(REFERENCE) is None


def test_a_refusal_is_an_answer_with_the_apis_words(api, cluster):
    said = {"reason": "Invalid", "message": 'ConfigMap "x" is invalid'}
    api.answers["POST /api/v1/namespaces/m/configmaps"] = (422, said)
    with pytest.raises(ApiRefused) as caught:
        cluster.create(CONFIG_MAP)
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")
    assert caught.value.message == 'ConfigMap "x" is invalid'


@pytest.mark.parametrize("status", [401, 500, 503])
def test_an_api_that_is_broken_or_lets_nobody_in_is_the_environments_failure(api, cluster, status):
    api.answers["GET /api/v1/namespaces/m/configmaps/x"] = (status, "an error page")
    with pytest.raises(EnvironmentFailed, match="an error page"):
        cluster.get(REFERENCE)


def test_an_api_that_nobody_serves_is_the_environments_failure(tmp_path):
    file = write_kubeconfig(tmp_path, "http://127.0.0.1:9")
    with Cluster(file) as cluster, pytest.raises(EnvironmentFailed, match=r"127\.0\.0\.1:9.*refused"):
        cluster.get(REFERENCE)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"not: [yaml",
        b"apiVersion: v1\nkind: Config\n",
        b'{"current-context": "c", "contexts": [], "clusters": "words", "users": []}',
        kubeconfig(5).encode(),
        kubeconfig("http://no url").encode(),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_the_users_mistake(tmp_path, content):
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=f"kubeconfig {file}") as caught:
        Cluster(file)
    assert "\n" not in str(caught.value)


def test_discovery_is_asked_once_and_again_for_a_kind_that_is_new(api, cluster):
    for _ in range(2):
        cluster.get(REFERENCE)
    assert [each[0] for each in api.requests].count("GET /api/v1") == 1
    with pytest.raises(ApiRefused, match="does not know the kind Secret in v1"):
        cluster.get(Reference("v1", "Secret", "m", "x"))
    api.answers["GET /api/v1"] = (
        200,
        {"resources": [{"name": "secrets", "kind": "Secret", "namespaced": True}]},
    )
    assert cluster.get(Reference("v1", "Secret", "m", "x")) is None


def streaming(api, *lines):
    """A handler that sends these lines in odd pieces, and then nothing until the server ends."""

    async def handle(request):
        response = web.StreamResponse()
        await response.prepare(request)
        text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        for cut in range(0, len(text), 50):
            await response.write(text[cut : cut + 50])
        await api.over.wait()
        return response

    return handle


def event(kind, version):
    metadata = {"name": "x", "namespace": "m", "resourceVersion": str(version)}
    return {"type": kind, "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}}


def test_a_watch_yields_the_events_until_another_thread_stops_it(api, cluster):
    api.answers["GET /api/v1/configmaps"] = streaming(api, event("ADDED", 8), event("DELETED", 9))
    seen = []
    both = threading.Event()

    def follow():
        with cluster.watch("v1", "ConfigMap", resource_version="7") as events:
            watches.append(events)
            for each in events:
                seen.append((each.type, each.object["metadata"]["resourceVersion"]))
                if len(seen) == 2:
                    both.set()

    watches: list[Watch] = []
    thread = threading.Thread(target=follow)
    thread.start()
    assert both.wait(10)
    watches[0].stop()
    thread.join(10)
    assert not thread.is_alive()
    assert seen == [("ADDED", "8"), ("DELETED", "9")]
    assert "watch=true" in api.requests[-1][0]
    assert "resourceVersion=7" in api.requests[-1][0]


def test_a_watch_that_is_stopped_before_it_is_read_yields_nothing(api, cluster):
    api.answers["GET /api/v1/configmaps"] = streaming(api, event("ADDED", 8))
    with cluster.watch("v1", "ConfigMap") as events:
        events.stop()
        assert list(events) == []


def test_a_version_that_is_too_old_ends_a_watch_with_the_apis_words(api, cluster):
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
    api.answers["GET /api/v1/configmaps"] = streaming(api, {"type": "ERROR", "object": gone})
    with cluster.watch("v1", "ConfigMap") as events, pytest.raises(ApiRefused, match="410 Expired: too old"):
        list(events)


def test_a_watch_that_is_refused_says_so_at_once(api, cluster):
    api.answers["GET /api/v1/configmaps"] = (403, {"reason": "Forbidden", "message": "no watching"})
    with pytest.raises(ApiRefused, match="no watching"):
        cluster.watch("v1", "ConfigMap")
