"""After ``settle``, the very next request is answered by what was written last, with nobody waiting for the answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwjwt.cluster import Cluster, Reference
from gwjwt.environments.local_istio.environment import LocalIstioEnvironment
from gwjwt.traffic.evidence import Request
from gwjwt.waiting import NotYet, eventually
from gwjwt.words import AppName, GatewayName

FLIPS = 15


def gateway_manifest(gateway: GatewayName) -> dict:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": gateway.name, "namespace": gateway.namespace},
        "spec": {
            "gatewayClassName": "istio",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
        },
    }


def route_manifest(gateway: GatewayName, app: str, prefix: str) -> dict:
    match = {"path": {"type": "PathPrefix", "value": prefix}}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "route", "namespace": gateway.namespace},
        "spec": {
            "parentRefs": [{"name": gateway.name}],
            "rules": [{"matches": [match], "backendRefs": [{"name": app, "port": 80}]}],
        },
    }


def deny_manifest(gateway: GatewayName) -> dict:
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway.name}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "deny", "namespace": gateway.namespace},
        "spec": {"action": "DENY", "targetRefs": [target], "rules": [{}]},
    }


@pytest.fixture
def gateway(environment: LocalIstioEnvironment, cluster: Cluster) -> Iterator[GatewayName]:
    name = GatewayName(f"settling-{secrets.token_hex(3)}", "front")
    environment.create_namespace(name.namespace)
    cluster.apply(gateway_manifest(name), "test")
    for app in ("one", "two"):
        environment.deploy_workload(AppName(name.namespace, app))
    cluster.apply(route_manifest(name, "one", "/a"), "test")
    environment.settle()
    yield name
    environment.delete_namespace(name.namespace)


def status(environment: LocalIstioEnvironment, gateway: GatewayName, path: str = "/a") -> int | None:
    exchange = environment.probe.send(environment.endpoint(gateway), Request(path))
    return exchange.response.status if exchange.response else None


def test_a_policy_is_live_and_gone(
    environment: LocalIstioEnvironment, cluster: Cluster, gateway: GatewayName
) -> None:
    deny = deny_manifest(gateway)
    seen = []
    for _ in range(FLIPS):
        cluster.apply(deny, "test")
        environment.settle()
        closed = status(environment, gateway)
        cluster.delete(Reference.of(deny))
        environment.settle()
        seen.append((closed, status(environment, gateway)))
    assert seen == [(403, 200)] * FLIPS


def test_a_route_is_live(environment: LocalIstioEnvironment, cluster: Cluster, gateway: GatewayName) -> None:
    seen = []
    for turn in range(FLIPS):
        now, other = ("/a", "/b") if turn % 2 else ("/b", "/a")
        cluster.apply(route_manifest(gateway, "one", now), "test")
        environment.settle()
        seen.append((status(environment, gateway, now), status(environment, gateway, other)))
    assert seen == [(200, 404)] * FLIPS


def test_a_gateway_has_a_deployment_and_a_service_for_as_long_as_it_is_there(
    environment: LocalIstioEnvironment, cluster: Cluster, gateway: GatewayName
) -> None:
    manifest = gateway_manifest(gateway)
    beside = [
        Reference(version, kind, gateway.namespace, f"{gateway.name}-istio")
        for version, kind in (("apps/v1", "Deployment"), ("v1", "Service"))
    ]
    found = [cluster.get(each) for each in beside]
    assert found[0]["status"]["availableReplicas"] == 1
    assert [each["ip"] for each in found[1]["status"]["loadBalancer"]["ingress"]] == ["127.0.0.1"]

    manifest["spec"]["listeners"].append({"name": "second", "protocol": "HTTP", "port": 81})
    cluster.merge(Reference.of(manifest), {"spec": manifest["spec"]})
    environment.settle()
    ports = cluster.get(beside[1])["spec"]["ports"]
    assert {each["port"]: each["name"] for each in ports} == {80: "http", 81: "second"}

    cluster.delete(Reference.of(manifest))

    def gone() -> None:
        if left := [each for each in beside if cluster.get(each) is not None]:
            raise NotYet(str(left))

    eventually("what belongs to the Gateway goes", gone, 10.0)


def test_nothing_to_settle(environment: LocalIstioEnvironment, gateway: GatewayName) -> None:
    for _ in range(3):
        environment.settle()
    assert status(environment, gateway) == 200


def test_a_gateway_listens_on_loopback_only(environment: LocalIstioEnvironment, gateway: GatewayName) -> None:
    port = f"{environment.endpoint(gateway).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    listening = [row[1] for row in rows if row[3] == "0A"]
    assert [each for each in listening if each.endswith(f":{port}")] == [f"0100007F:{port}"]
