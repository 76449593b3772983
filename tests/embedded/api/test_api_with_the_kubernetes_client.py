"""The API through the official Python client."""

import pytest
from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException

GROUP, VERSION, PLURAL = "security.istio.io", "v1", "requestauthentications"


@pytest.fixture
def api_client(api):
    made = config.new_client_from_config(str(api.kubeconfig))
    yield made
    made.close()


def rule(name, issuer="https://issuer.test"):
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "RequestAuthentication",
        "metadata": {"name": name},
        "spec": {"jwtRules": [{"issuer": issuer}]},
    }


def test_namespaces_come_and_go(api_client):
    core = client.CoreV1Api(api_client)
    made = core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="made-by-client")))
    assert made.status.phase == "Active"
    core.delete_namespace("made-by-client")
    with pytest.raises(ApiException) as gone:
        core.read_namespace("made-by-client")
    assert gone.value.status == 404


def test_typed_kinds(api_client, namespace):
    core = client.CoreV1Api(api_client)
    service = client.V1Service(
        metadata=client.V1ObjectMeta(name="app", labels={"app": "a"}),
        spec=client.V1ServiceSpec(ports=[client.V1ServicePort(port=80)], selector={"app": "a"}),
    )
    assert core.create_namespaced_service(namespace, service).spec.cluster_ip
    listed = core.list_namespaced_service(namespace, label_selector="app=a")
    assert [one.metadata.name for one in listed.items] == ["app"]
    slices = client.DiscoveryV1Api(api_client)
    body = client.V1EndpointSlice(
        metadata=client.V1ObjectMeta(name="app-1", labels={"kubernetes.io/service-name": "app"}),
        address_type="IPv4",
        endpoints=[
            client.V1Endpoint(addresses=["127.0.0.1"], conditions=client.V1EndpointConditions(ready=True))
        ],
        ports=[client.DiscoveryV1EndpointPort(port=8080)],
    )
    made = slices.create_namespaced_endpoint_slice(namespace, body)
    assert made.ports[0].protocol == "TCP"


def test_custom_resources(api_client, namespace):
    custom = client.CustomObjectsApi(api_client)
    where = (GROUP, VERSION, namespace, PLURAL)
    made = custom.create_namespaced_custom_object(*where, rule("a"))
    changed = {**made, "spec": {"jwtRules": []}}
    assert custom.replace_namespaced_custom_object(*where, "a", changed)["metadata"]["generation"] == 2
    with pytest.raises(ApiException) as stale:
        custom.replace_namespaced_custom_object(*where, "a", made)
    assert stale.value.status == 409
    with pytest.raises(ApiException) as refused:
        custom.create_namespaced_custom_object(*where, rule("b", issuer=""))
    assert refused.value.status == 422
    assert "should be at least 1 chars long" in refused.value.body
    assert custom.delete_namespaced_custom_object(*where, "a")["status"] == "Success"


def test_the_dynamic_client_applies(api_client, namespace):
    found = dynamic.DynamicClient(api_client).resources.get(
        api_version=f"{GROUP}/{VERSION}", kind="RequestAuthentication"
    )
    applied = found.server_side_apply(rule("a"), name="a", namespace=namespace, field_manager="test")
    assert applied.metadata.managedFields[0].manager == "test"
    assert [one.metadata.name for one in found.get(namespace=namespace).items] == ["a"]


def test_a_watch(api_client, namespace):
    core = client.CoreV1Api(api_client)
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a")))
    watcher = watch.Watch()
    for event in watcher.stream(core.list_namespaced_config_map, namespace, timeout_seconds=5):
        assert (event["type"], event["object"].metadata.name) == ("ADDED", "a")
        watcher.stop()
