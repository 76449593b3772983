"""The store: verbs, versions, conflicts, generations, subscribers."""

import pytest

from gwjwt.environments.embedded.api.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    PathNotFound,
    Unknown,
)
from gwjwt.environments.embedded.api.write_options import WriteOptions


def config_map(name="cm", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def request_authentication(name="ra", issuer="https://issuer.test", **rule):
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"jwtRules": [{"issuer": issuer, **rule}]},
    }


def test_a_new_object_gets_what_every_object_has(store):
    made = store.create(request_authentication())
    metadata = made["metadata"]
    assert metadata["generation"] == 1
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert metadata["resourceVersion"] == str(store.resource_version)
    assert store.get("RequestAuthentication", "default", "ra") == made


def test_two_objects_of_one_name_cannot_be(store):
    store.create(config_map())
    with pytest.raises(AlreadyExists) as refused:
        store.create(config_map())
    assert refused.value.status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "cm" already exists',
        "reason": "AlreadyExists",
        "details": {"name": "cm", "kind": "configmaps"},
        "code": 409,
    }


def test_a_name_can_be_generated(store):
    manifest = config_map()
    manifest["metadata"] = {"generateName": "prefix-"}
    names = {store.create(manifest)["metadata"]["name"] for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith("prefix-") and len(name) == len("prefix-") + 5 for name in names)


def test_an_object_needs_a_name_and_its_namespace(store):
    with pytest.raises(Invalid, match="name or generateName is required"):
        store.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})
    manifest = config_map()
    manifest["metadata"]["namespace"] = "nowhere"
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        store.create(manifest)


def test_a_version_is_not_for_objects_to_be_created(store):
    manifest = config_map()
    manifest["metadata"]["resourceVersion"] = "1"
    with pytest.raises(Unknown, match="resourceVersion should not be set"):
        store.create(manifest)


def test_an_unknown_kind_is_served_nowhere(store):
    with pytest.raises(PathNotFound):
        store.create({"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "x"}})
    with pytest.raises(PathNotFound):
        store.list("Nothing")


def test_a_kind_that_two_groups_have_is_told_apart_by_its_group(store):
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": "default"},
        "spec": {
            "gatewayClassName": "istio",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
        },
    }
    store.create(gateway)
    assert len(store.list("Gateway")) == 1
    assert store.list("Gateway.networking.istio.io") == []


def test_lists_are_of_one_namespace_or_of_all_and_ordered(store):
    store.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "another"}})
    for namespace, name in (("default", "b"), ("another", "c"), ("default", "a")):
        manifest = config_map(name)
        manifest["metadata"]["namespace"] = namespace
        store.create(manifest)
    assert [one["metadata"]["name"] for one in store.list("ConfigMap", "default")] == ["a", "b"]
    assert [one["metadata"]["name"] for one in store.list("ConfigMap")] == ["c", "a", "b"]


def test_a_replace_made_from_an_old_version_is_a_conflict(store):
    first = store.create(config_map(a="1"))
    store.replace({**first, "data": {"a": "2"}})
    with pytest.raises(Conflict, match="the object has been modified"):
        store.replace({**first, "data": {"a": "3"}})


def test_a_custom_resource_is_not_replaced_without_a_version(store):
    store.create(request_authentication())
    with pytest.raises(
        Invalid, match=r"metadata\.resourceVersion: Invalid value: 0: must be specified for an update"
    ):
        store.replace(request_authentication())
    store.create(config_map())
    assert store.replace(config_map(a="1"))["data"] == {"a": "1"}


def test_only_a_change_of_the_spec_counts_the_generation_up(store):
    made = store.create(request_authentication())
    labelled = store.replace({**made, "metadata": {**made["metadata"], "labels": {"a": "b"}}})
    assert labelled["metadata"]["generation"] == 1
    changed = store.replace({**labelled, "spec": {"jwtRules": []}})
    assert changed["metadata"]["generation"] == 2
    with_status = store.replace({**changed, "status": {"conditions": []}}, status=True)
    assert with_status["metadata"]["generation"] == 2
    assert with_status["status"] == {"conditions": []}


def test_spec_and_status_are_written_apart(store):
    made = store.create({**request_authentication(), "status": {"conditions": []}})
    assert "status" not in made
    status = store.replace({**made, "spec": {"jwtRules": []}, "status": {"conditions": []}}, status=True)
    assert status["spec"] == made["spec"]
    again = store.replace({**status, "status": {"conditions": [{"type": "x"}]}})
    assert again["status"] == {"conditions": []}


def test_a_write_that_changes_nothing_is_no_write(store):
    made = store.create(request_authentication())
    before = store.resource_version
    assert store.replace(made) == made
    assert store.resource_version == before


def test_a_dry_run_is_answered_but_not_stored(store):
    before = store.resource_version
    made = store.create(config_map(), WriteOptions(dry_run=True))
    assert made["metadata"]["uid"]
    assert store.list("ConfigMap") == []
    assert store.resource_version == before


def test_versions_of_a_kind_share_their_objects(store):
    store.create({**request_authentication(), "apiVersion": "security.istio.io/v1beta1"})
    assert store.get("RequestAuthentication", "default", "ra")["apiVersion"] == "security.istio.io/v1"


@pytest.mark.parametrize(
    "strictness,outcome",
    [
        ("Strict", 'strict decoding error: unknown field "spec.foo"'),
        ("Warn", 'unknown field "spec.foo"'),
        ("Ignore", ""),
    ],
)
def test_fields_that_nobody_knows_are_refused_told_or_dropped(store, strictness, outcome):
    manifest = request_authentication()
    manifest["spec"]["foo"] = 1
    options = WriteOptions(strictness=strictness)
    if strictness == "Strict":
        with pytest.raises(BadRequest) as refused:
            store.create(manifest, options)
        assert refused.value.message.endswith(outcome)
        return
    made = store.create(manifest, options)
    assert "foo" not in made["spec"]
    assert options.warnings == ([outcome] if outcome else [])


def test_a_subscriber_hears_every_accepted_write_before_the_writer_returns(store):
    heard = []
    stop = store.subscribe(
        lambda kind, manifest, version: heard.append((kind, manifest["metadata"]["name"], version))
    )
    first = store.create(config_map(a="1"))
    store.replace({**first, "data": {"a": "2"}})
    with pytest.raises(AlreadyExists):
        store.create(config_map())
    store.delete("ConfigMap", "default", "cm")
    last = store.resource_version
    assert heard == [("ADDED", "cm", last - 2), ("MODIFIED", "cm", last - 1), ("DELETED", "cm", last)]
    stop()
    store.create(config_map())
    assert len(heard) == 3


def test_what_a_subscriber_writes_is_told_after_what_caused_it(store):
    heard = []

    def answer(kind, manifest, version):
        if manifest["metadata"]["name"] == "cm":
            store.create(config_map("reaction"))

    store.subscribe(answer)
    store.subscribe(lambda _kind, manifest, _version: heard.append(manifest["metadata"]["name"]))
    store.create(config_map())
    assert heard == ["cm", "reaction"]


def test_a_service_gets_an_address_and_keeps_it(store):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "svc"},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "a"}},
    }
    made = store.create(service)
    assert made["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    address = made["spec"]["clusterIP"]
    replaced = store.replace(service)
    assert replaced["spec"]["clusterIP"] == address


def test_a_secret_in_plain_text_is_stored_encoded(store):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}
    made = store.create(secret)
    assert made["data"] == {"a": "Yg=="}
    assert made["type"] == "Opaque"
    assert "stringData" not in made


def test_an_immutable_config_map_stays_as_it_is(store):
    made = store.create({**config_map(a="1"), "immutable": True})
    with pytest.raises(Invalid, match="data: Forbidden: field is immutable when `immutable` is set"):
        store.replace({**made, "data": {"a": "2"}})
