"""What a VirtualService refers to and nobody has made is said in its status, and taken back when it is there."""

from __future__ import annotations

import pytest

from gwjwt.cluster import Cluster, Reference
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.waiting import Deadlines, NotYet, eventually
from gwjwt.words import AppName

NAMESPACE = "references"
GATEWAY = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "g", "namespace": NAMESPACE},
    "spec": {
        "selector": {"istio": "nobody"},
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
    },
}
VIRTUAL_SERVICE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "v", "namespace": NAMESPACE},
    "spec": {
        "hosts": ["*"],
        "gateways": ["g", "mesh"],
        "http": [{"route": [{"destination": {"host": "app"}}]}],
    },
}


def await_messages(cluster: Cluster, *expected: str) -> None:
    def said() -> None:
        found = cluster.get(Reference.of(VIRTUAL_SERVICE))
        assert found
        messages = [each["message"] for each in found.get("status", {}).get("validationMessages", ())]
        if messages != list(expected):
            raise NotYet(f"it says {messages}")

    eventually("the status says what is missing", said, 5.0)


@pytest.fixture
def environment():
    with EmbeddedEnvironment(Deadlines()) as started:
        started.create_namespace(NAMESPACE)
        yield started


def test_a_missing_gateway_and_a_missing_host_are_said_until_they_are_there(environment) -> None:
    gateway = "Referenced gateway not found: references/g"
    host = "Referenced host not found: app.references.svc.cluster.local"
    with Cluster(environment.kubeconfig) as cluster:
        cluster.apply(VIRTUAL_SERVICE, "test")
        await_messages(cluster, gateway, host)
        cluster.apply(GATEWAY, "test")
        await_messages(cluster, host)
        environment.deploy_workload(AppName(NAMESPACE, "app"))
        await_messages(cluster)
        cluster.delete(Reference.of(GATEWAY))
        await_messages(cluster, gateway)
