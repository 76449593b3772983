"""The API as a client sees it on the wire."""

import http.client
import json
import stat
import threading
from urllib.parse import quote, urlsplit

import pytest

from gwjwt.environments.embedded.api import KubernetesApi
from gwjwt.local.background import BackgroundLoop
from gwjwt.waiting import NotYet, eventually


def config_maps(namespace, rest=""):
    return f"/api/v1/namespaces/{namespace}/configmaps{rest}"


def make(raw, namespace, name, **metadata):
    body = {"metadata": {"name": name, **metadata}, "data": {"a": "1"}}
    reply = raw.send("POST", config_maps(namespace), body)
    assert reply.status == 201
    return reply.body


def test_nobody_gets_in_without_the_token(api):
    connection = http.client.HTTPConnection(api.endpoint.host, api.endpoint.port)
    for headers in ({}, {"Authorization": "Bearer guess"}):
        connection.request("GET", "/api/v1/namespaces", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 401
        assert json.loads(answer.read())["reason"] == "Unauthorized"
    connection.close()


def test_the_token_works_in_the_header_too(api, server):
    token = urlsplit(server).path.strip("/")
    connection = http.client.HTTPConnection(api.endpoint.host, api.endpoint.port)
    connection.request("GET", "/api/v1/namespaces/default", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["metadata"]["name"]) == (200, "default")
    connection.close()


def test_only_the_user_can_read_the_kubeconfig(api):
    assert stat.S_IMODE(api.kubeconfig.stat().st_mode) == 0o600


def test_leaving_frees_the_port_and_removes_the_kubeconfig(tmp_path):
    with BackgroundLoop() as loop:
        with KubernetesApi(loop, tmp_path) as running:
            endpoint, kubeconfig = running.endpoint, running.kubeconfig
            before = threading.active_count()
        assert threading.active_count() == before
        assert not kubeconfig.exists()
        with pytest.raises(ConnectionRefusedError):
            http.client.HTTPConnection(endpoint.host, endpoint.port).connect()
        with pytest.raises(RuntimeError):
            _ = running.endpoint


def test_leaving_ends_open_watches(tmp_path):
    with BackgroundLoop() as loop:
        with KubernetesApi(loop, tmp_path) as running:
            server = urlsplit(json.loads(running.kubeconfig.read_text())["clusters"][0]["cluster"]["server"])
            connection = http.client.HTTPConnection(server.hostname, server.port, timeout=5)
            connection.request("GET", f"{server.path}/api/v1/configmaps?watch=true")
            answer = connection.getresponse()
        assert answer.read() == b""
        connection.close()


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v2", "/apis/example.com/v1/things", "/api/v1/namespaces/default/nothings"]
)
def test_an_unknown_path_is_not_found(raw, path):
    reply = raw.send("GET", path)
    assert (reply.status, reply.body) == (404, "404 page not found\n")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_it_is_healthy(raw, path):
    reply = raw.send("GET", path)
    assert (reply.status, reply.body) == (200, "ok")


def test_it_describes_itself(raw):
    assert raw.send("GET", "/version").body["minor"] == "34"
    assert raw.send("GET", "/api").body["versions"] == ["v1"]
    groups = {
        one["name"]: one["preferredVersion"]["version"] for one in raw.send("GET", "/apis").body["groups"]
    }
    assert groups["security.istio.io"] == "v1"
    names = [one["name"] for one in raw.send("GET", "/apis/security.istio.io/v1").body["resources"]]
    assert "requestauthentications/status" in names
    assert raw.send("GET", "/apis/security.istio.io").body["kind"] == "APIGroup"
    documents = raw.send("GET", "/openapi/v3").body["paths"]
    assert "apis/security.istio.io/v1" in documents
    schemas = raw.send("GET", "/openapi/v3/apis/security.istio.io/v1").body["components"]["schemas"]
    assert "io.istio.security.v1.RequestAuthentication" in schemas


def test_create_get_replace_delete(raw, namespace):
    made = make(raw, namespace, "a")
    assert raw.send("GET", config_maps(namespace, "/a")).body == made
    replaced = raw.send("PUT", config_maps(namespace, "/a"), {**made, "data": {"a": "2"}})
    assert (replaced.status, replaced.body["data"]) == (200, {"a": "2"})
    deleted = raw.send("DELETE", config_maps(namespace, "/a"))
    assert deleted.status == 200
    assert deleted.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]},
    }
    assert raw.send("GET", config_maps(namespace, "/a")).status == 404


@pytest.mark.parametrize(
    "call,status,message",
    [
        (("POST", "", b"{", "application/json"), 400, "json parse error"),
        (("POST", "", b"[]", "application/json"), 400, "cannot unmarshal array"),
        (("POST", "", b"\x01", "application/cbor"), 415, "unknown format"),
        (
            ("POST", "", {"kind": "Secret", "metadata": {"name": "x"}}, "application/json"),
            400,
            "cannot be handled as",
        ),
        (
            ("POST", "", {"apiVersion": "v2", "metadata": {"name": "x"}}, "application/json"),
            400,
            "expected API version",
        ),
        (
            ("POST", "", {"metadata": {"name": "x", "namespace": "y"}}, "application/json"),
            400,
            "does not match",
        ),
        (
            ("POST", "", {"metadata": {"name": "X"}}, "application/json"),
            422,
            "a lowercase RFC 1123 subdomain",
        ),
        (
            ("POST", "", {"metadata": {"name": "x"}, "data": {"a": 1}}, "application/json"),
            400,
            "cannot unmarshal number",
        ),
        (
            ("POST", "", {"metadata": {"name": "x", "labels": {"a": 1}}}, "application/json"),
            400,
            "ObjectMeta.metadata.labels",
        ),
        (
            ("POST", "?dryRun=Some", {"metadata": {"name": "x"}}, "application/json"),
            422,
            "dryRun: Unsupported value",
        ),
        (
            ("POST", "?fieldValidation=x", {"metadata": {"name": "x"}}, "application/json"),
            422,
            "fieldValidation",
        ),
        (
            ("PUT", "/a", {"metadata": {"name": "b"}}, "application/json"),
            400,
            "does not match the name on the URL",
        ),
        (
            ("PATCH", "/a", {}, "application/json"),
            415,
            "415: Unsupported Media Type",
        ),
        (
            ("PATCH", "/a?force=true", {}, "application/merge-patch+json"),
            422,
            "may not be specified for non-apply patch",
        ),
        (("PATCH", "/a", {}, "application/apply-patch+yaml"), 422, "fieldManager: Required value"),
        (("PATCH", "/a", {}, "application/json-patch+json"), 400, "error decoding patch"),
        (
            ("PATCH", "/a", [{"op": "test", "path": "/data/a", "value": "9"}], "application/json-patch+json"),
            422,
            "rejected",
        ),
        (
            ("PATCH", "/a", [{"op": "remove", "path": "/data/z"}], "application/json-patch+json"),
            422,
            "rejected",
        ),
        (
            ("PATCH", "/a", {"data": {"$patch": "odd"}}, "application/strategic-merge-patch+json"),
            400,
            "unknown patch type",
        ),
        (("DELETE", "/a", {"propagationPolicy": "Never"}, "application/json"), 422, "propagationPolicy"),
        (
            ("DELETE", "/a", {"preconditions": {"uid": "x"}}, "application/json"),
            409,
            "the UID in the precondition (x) does not match",
        ),
        (("POST", "/a", {}, "application/json"), 405, "does not allow this method"),
        (("GET", "/a/scale", None, ""), 404, "could not find the requested resource"),
        (("GET", "?labelSelector=%3D", None, ""), 400, "found '=', expected: !, identifier"),
        (("GET", "?fieldSelector=data.a%3D1", None, ""), 400, '"data.a" is not a known field selector'),
        (("GET", "?resourceVersion=x", None, ""), 400, "invalid syntax"),
        (("GET", "?resourceVersion=99999999", None, ""), 504, "Too large resource version"),
        (("GET", "?resourceVersionMatch=Exact", None, ""), 422, "resourceVersionMatch: Forbidden"),
        (("GET", "?continue=x", None, ""), 400, "continue key is not valid"),
        (("GET", "?watch=1&timeoutSeconds=x", None, ""), 400, "timeoutSeconds"),
        (("GET", "?watch=1&sendInitialEvents=true", None, ""), 422, "sendInitialEvents requires"),
    ],
)
def test_a_bad_request_gets_a_status_that_says_why(raw, namespace, call, status, message):
    make(raw, namespace, "a")
    method, rest, body, content_type = call
    reply = raw.send(method, config_maps(namespace, rest), body, content_type=content_type)
    assert (reply.status, reply.body["kind"], reply.body["code"]) == (status, "Status", status)
    assert message in reply.body["message"]


def test_a_form_that_is_not_served_is_not_acceptable(raw):
    reply = raw.send("GET", "/api/v1/namespaces", Accept="application/vnd.kubernetes.protobuf")
    assert (reply.status, reply.body["reason"]) == (406, "NotAcceptable")


def test_a_body_has_a_largest_size(raw, namespace):
    reply = raw.send("POST", config_maps(namespace), b" " * (3 * 1024 * 1024 + 1))
    assert (reply.status, reply.body["reason"]) == (413, "RequestEntityTooLarge")


def test_a_manifest_may_be_yaml(raw, namespace):
    body = b"metadata: {name: y}\ndata: {a: b}\n"
    assert raw.send("POST", config_maps(namespace), body, content_type="application/yaml").body["data"] == {
        "a": "b"
    }


@pytest.mark.parametrize(
    "content_type,patch,data",
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/data/a", "value": "2"}], {"a": "2"}),
        ("application/merge-patch+json", {"data": {"a": None, "b": "1"}}, {"b": "1"}),
        ("application/strategic-merge-patch+json", {"data": {"b": "1"}}, {"a": "1", "b": "1"}),
        ("application/strategic-merge-patch+json", {"data": {"$patch": "replace", "b": "1"}}, {"b": "1"}),
    ],
)
def test_patches(raw, namespace, content_type, patch, data):
    make(raw, namespace, "a")
    reply = raw.send("PATCH", config_maps(namespace, "/a"), patch, content_type=content_type)
    assert (reply.status, reply.body["data"]) == (200, data)


def test_a_strategic_patch_merges_keyed_lists(raw, namespace):
    path = f"/api/v1/namespaces/{namespace}/services"
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    raw.send("POST", path, {"metadata": {"name": "s"}, "spec": {"ports": ports}})
    change = {
        "$setElementOrder/ports": [{"port": 82}, {"port": 80}],
        "ports": [{"name": "c", "port": 82}, {"$patch": "delete", "port": 81}],
    }
    reply = raw.send(
        "PATCH", f"{path}/s", {"spec": change}, content_type="application/strategic-merge-patch+json"
    )
    assert [port["name"] for port in reply.body["spec"]["ports"]] == ["c", "a"]


def test_custom_resources_take_no_strategic_patch(raw, namespace):
    path = f"/apis/security.istio.io/v1/namespaces/{namespace}/requestauthentications"
    body = {"apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication", "metadata": {"name": "r"}}
    raw.send("POST", path, body)
    reply = raw.send("PATCH", f"{path}/r", {}, content_type="application/strategic-merge-patch+json")
    assert reply.status == 415


def test_apply_creates_and_updates(raw, namespace):
    path = config_maps(namespace, "/a?fieldManager=one")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}}
    first = raw.send("PATCH", path, body, content_type="application/apply-patch+yaml")
    second = raw.send("PATCH", path, {**body, "data": {}}, content_type="application/apply-patch+yaml")
    assert (first.status, second.status) == (201, 200)
    assert not second.body.get("data")


def test_unknown_fields_are_told_in_a_warning(raw, namespace):
    reply = raw.send("POST", config_maps(namespace), {"metadata": {"name": "w"}, "foo": 1})
    assert reply.headers["Warning"] == '299 - "unknown field \\"foo\\""'
    strict = raw.send(
        "POST", config_maps(namespace, "?fieldValidation=Strict"), {"metadata": {"name": "s"}, "foo": 1}
    )
    assert strict.body["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"'
    )


def test_lists_are_selected(raw, namespace):
    make(raw, namespace, "a", labels={"l": "1"})
    make(raw, namespace, "b")
    every = raw.send("GET", config_maps(namespace)).body
    assert (every["kind"], every["apiVersion"]) == ("ConfigMapList", "v1")
    assert [one["metadata"]["name"] for one in every["items"]] == ["a", "b"]
    assert "kind" not in every["items"][0]
    by_label = raw.send("GET", config_maps(namespace, "?labelSelector=l%3D1")).body
    assert [one["metadata"]["name"] for one in by_label["items"]] == ["a"]
    by_field = raw.send("GET", config_maps(namespace, "?fieldSelector=metadata.name%3Db")).body
    assert [one["metadata"]["name"] for one in by_field["items"]] == ["b"]


def test_pages_show_one_state(raw, namespace):
    for name in "abc":
        make(raw, namespace, name)
    first = raw.send("GET", config_maps(namespace, "?limit=2")).body
    assert [one["metadata"]["name"] for one in first["items"]] == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 1
    raw.send("DELETE", config_maps(namespace, "/c"))
    make(raw, namespace, "d")
    token = quote(first["metadata"]["continue"])
    second = raw.send("GET", config_maps(namespace, f"?limit=2&continue={token}")).body
    assert [one["metadata"]["name"] for one in second["items"]] == ["c"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert "continue" not in second["metadata"]
    version = first["metadata"]["resourceVersion"]
    exact = raw.send(
        "GET", config_maps(namespace, f"?resourceVersion={version}&resourceVersionMatch=Exact")
    ).body
    assert [one["metadata"]["name"] for one in exact["items"]] == ["a", "b", "c"]


def test_a_collection_is_deleted_by_selection(raw, namespace):
    make(raw, namespace, "a", labels={"l": "1"})
    make(raw, namespace, "b")
    reply = raw.send("DELETE", config_maps(namespace, "?labelSelector=l"))
    assert [one["metadata"]["name"] for one in reply.body["items"]] == ["a"]
    left = raw.send("GET", config_maps(namespace)).body["items"]
    assert [one["metadata"]["name"] for one in left] == ["b"]


def test_a_watch_starts_from_what_is_there(raw, namespace):
    make(raw, namespace, "a")
    events = raw.watch(config_maps(namespace, "?watch=true"))
    first = next(events)
    assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "a")
    events.close()


def test_a_watch_goes_on_from_a_version(raw, namespace):
    made = make(raw, namespace, "a")
    make(raw, namespace, "b")
    raw.send("DELETE", config_maps(namespace, "/a"))
    events = raw.watch(
        config_maps(namespace, f"?watch=1&resourceVersion={made['metadata']['resourceVersion']}")
    )
    seen = [next(events) for _ in range(2)]
    assert [(one["type"], one["object"]["metadata"]["name"]) for one in seen] == [
        ("ADDED", "b"),
        ("DELETED", "a"),
    ]
    events.close()


def test_what_leaves_the_selection_of_a_watch_is_deleted_for_it(raw, namespace):
    made = make(raw, namespace, "a", labels={"l": "1"})
    version = made["metadata"]["resourceVersion"]
    for labels in ({"l": "2"}, {"l": "1"}):
        patch = {"metadata": {"labels": labels}}
        last = raw.send(
            "PATCH", config_maps(namespace, "/a"), patch, content_type="application/merge-patch+json"
        ).body
    events = raw.watch(config_maps(namespace, f"?watch=1&labelSelector=l%3D1&resourceVersion={version}"))
    seen = [next(events) for _ in range(2)]
    assert [one["type"] for one in seen] == ["DELETED", "ADDED"]
    assert seen[0]["object"]["metadata"]["labels"] == {"l": "1"}
    assert seen[1]["object"] == last
    events.close()


def test_a_watch_tells_when_its_start_is_complete(raw, namespace):
    make(raw, namespace, "a")
    query = "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    events = raw.watch(config_maps(namespace, query))
    assert next(events)["type"] == "ADDED"
    bookmark = next(events)
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    events.close()


def test_a_watch_ends_at_its_deadline_with_a_bookmark(raw, namespace):
    events = list(raw.watch(config_maps(namespace, "?watch=1&timeoutSeconds=1&allowWatchBookmarks=true")))
    assert [one["type"] for one in events] == ["BOOKMARK"]


def test_a_watch_from_before_the_known_history_is_gone(raw, namespace, api, loop):
    made = make(raw, namespace, "a")

    def write_a_lot():
        for number in range(5000):
            manifest = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "a", "namespace": namespace},
            }
            api.store.replace({**manifest, "data": {"a": str(number)}})

    loop.call(write_a_lot)
    (event,) = raw.watch(
        config_maps(namespace, f"?watch=1&resourceVersion={made['metadata']['resourceVersion']}")
    )
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")


def test_a_client_that_goes_away_leaves_no_watch(server, api, loop):
    base = urlsplit(server)
    connection = http.client.HTTPConnection(base.hostname, base.port)
    connection.request("GET", f"{base.path}/api/v1/secrets?watch=1")
    connection.getresponse().close()
    connection.close()

    def no_watch():
        if api._watches:
            raise NotYet(f"{len(api._watches)} watches")

    eventually("the watch is gone", no_watch, 5)


def test_a_table_is_what_kubectl_prints(raw, namespace):
    make(raw, namespace, "a")
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    table = raw.send("GET", config_maps(namespace), Accept=accept).body
    assert [one["name"] for one in table["columnDefinitions"]] == ["Name", "Age"]
    assert table["rows"][0]["cells"][0] == "a"
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    one = raw.send("GET", config_maps(namespace, "/a"), Accept=accept).body
    assert (one["kind"], len(one["rows"])) == ("Table", 1)


def test_columns_of_a_definition_are_filled(raw, namespace):
    path = f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/gateways"
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g"},
        "spec": {"gatewayClassName": "istio", "listeners": [listener]},
    }
    raw.send("POST", path, gateway)
    table = raw.send("GET", path, Accept="application/json;as=Table;v=v1;g=meta.k8s.io").body
    names = [one["name"] for one in table["columnDefinitions"]]
    cells = dict(zip(names, table["rows"][0]["cells"], strict=True))
    assert (cells["Class"], cells["Address"], cells["Programmed"]) == ("istio", "", "Unknown")


def test_metadata_alone_can_be_asked_for(raw, namespace):
    make(raw, namespace, "a")
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    listed = raw.send("GET", config_maps(namespace), Accept=accept).body
    assert (listed["kind"], set(listed["items"][0])) == (
        "PartialObjectMetadataList",
        {"kind", "apiVersion", "metadata"},
    )


def test_the_manager_is_the_parameter_or_the_user_agent(raw, namespace):
    made = raw.send(
        "POST", config_maps(namespace), {"metadata": {"name": "a"}, "data": {"a": "1"}}, User_Agent="me/1.0"
    )
    assert made.body["metadata"]["managedFields"][0]["manager"] == "me"
    made = raw.send(
        "POST", config_maps(namespace, "?fieldManager=you"), {"metadata": {"name": "b"}, "data": {"a": "1"}}
    )
    assert made.body["metadata"]["managedFields"][0]["manager"] == "you"
