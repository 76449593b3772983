"""Ingress gateways by labels, VirtualServices and sidecars: what they serve and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from envoy.config.core.v3 import base_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.gateway import Mesh, Workload, objects
from gwjwt.environments.embedded.gateway.snapshot import WorkloadSnapshot
from gwjwt.environments.embedded.gateway.translate.workloads import compile_workload, served_ports
from gwjwt.words import AppName, GatewayName

INGRESS = Workload(GatewayName("system", "ingress"), {"istio": "ingress"})


def gateway(*servers: dict[str, Any], name: str = "g", namespace: str = "apps") -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"istio": "ingress"}, "servers": list(servers)},
    }


def server(*hosts: str, **port: Any) -> dict[str, Any]:
    return {
        "port": {"number": 80, "name": "http", "protocol": "HTTP", **port},
        "hosts": list(hosts) or ["*"],
    }


def virtual_service(*hosts: str, http: list[dict[str, Any]] | None = None, **spec: Any) -> dict[str, Any]:
    routes = http or [{"route": [{"destination": {"host": "backend", "port": {"number": 80}}}]}]
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "v", "namespace": "apps"},
        "spec": {"hosts": list(hosts) or ["*"], "gateways": ["g"], "http": routes, **spec},
    }


def snapshot(
    gateways: list[dict[str, Any]], virtual_services: list[dict[str, Any]], workload: Workload = INGRESS
) -> WorkloadSnapshot:
    service = {"spec": {"ports": [{"port": 80}]}}
    return WorkloadSnapshot(
        workload,
        tuple(gateways),
        tuple(virtual_services),
        services={AppName("apps", "backend"): service},
        ports={80: 20_001, 8080: 20_002},
    )


def manager_of(given: WorkloadSnapshot) -> hcm.HttpConnectionManager:
    compiled = compile_workload(given)
    assert compiled.problems == []
    [body] = [each.body.value for each in compiled.listeners.values()]
    manager = hcm.HttpConnectionManager()
    filters = listener_pb2.Listener.FromString(body).filter_chains[0].filters
    filters[0].typed_config.Unpack(manager)
    return manager


def domains(given: WorkloadSnapshot) -> dict[str, list[str]]:
    """By host, the clusters of its routes in their order."""
    return {
        host.domains[0]: [route.route.cluster for route in host.routes]
        for host in manager_of(given).route_config.virtual_hosts
    }


BACKEND = "outbound|80||backend.apps.svc.cluster.local"


def test_a_gateway_without_a_virtual_service_serves_no_route() -> None:
    assert domains(snapshot([gateway(server())], [])) == {}


def test_ports_are_those_of_all_gateways_that_select_the_workload() -> None:
    both = [gateway(server()), gateway(server(number=8080), name="h")]
    assert served_ports(snapshot(both, [])) == {80, 8080}


@pytest.mark.parametrize(
    "offered, wanted, served",
    [
        ("*", "*", ["*"]),
        ("*", "shop.example", ["shop.example"]),
        ("shop.example", "*", ["shop.example"]),
        ("*.example", "shop.example", ["shop.example"]),
        ("shop.example", "other.example", []),
        ("apps/*", "shop.example", ["shop.example"]),
        ("./*", "shop.example", ["shop.example"]),
        ("elsewhere/*", "shop.example", []),
    ],
)
def test_a_host_is_served_that_gateway_and_virtual_service_have_in_common(
    offered: str, wanted: str, served: list[str]
) -> None:
    found = domains(snapshot([gateway(server(offered))], [virtual_service(wanted)]))
    assert found == {host: [BACKEND] for host in served}


@pytest.mark.parametrize(
    "name, served", [("g", True), ("apps/g", True), ("system/g", False), ("mesh", False)]
)
def test_a_virtual_service_names_its_gateways_by_name_or_with_a_namespace(name: str, served: bool) -> None:
    given = snapshot([gateway(server())], [virtual_service(gateways=[name])])
    assert bool(domains(given)) == served


@pytest.mark.parametrize(
    "host, cluster",
    [
        ("backend", BACKEND),
        ("backend.apps.svc.cluster.local", BACKEND),
        ("missing", "outbound|80||missing.apps.svc.cluster.local"),
    ],
)
def test_destinations_are_services_whether_anybody_has_made_them_or_not(host: str, cluster: str) -> None:
    route = {"route": [{"destination": {"host": host}}]}
    assert domains(snapshot([gateway(server())], [virtual_service(http=[route])])) == {"*": [cluster]}


def test_routes_are_tried_in_the_order_of_the_virtual_service() -> None:
    destination = [{"destination": {"host": "backend", "port": {"number": 80}}}]
    routes = [
        {"match": [{"uri": {"prefix": "/a"}}, {"uri": {"exact": "/b"}}], "route": destination},
        {"route": destination},
    ]
    manager = manager_of(snapshot([gateway(server())], [virtual_service(http=routes)]))
    [host] = manager.route_config.virtual_hosts
    assert [route.match.path or route.match.prefix for route in host.routes] == ["/a", "/b", "/"]


def test_headers_of_requests_are_changed_as_the_route_and_its_destination_say() -> None:
    changed = {"request": {"set": {"x-a": "1"}, "add": {"x-b": "2"}, "remove": ["x-c"]}}
    destination = {"destination": {"host": "backend"}, "headers": {"request": {"remove": ["x-d"]}}}
    given = snapshot(
        [gateway(server())], [virtual_service(http=[{"route": [destination], "headers": changed}])]
    )
    [host] = manager_of(given).route_config.virtual_hosts
    [route] = host.routes
    added = [
        (each.header.key, each.header.value, each.append_action) for each in route.request_headers_to_add
    ]
    actions = base_pb2.HeaderValueOption.HeaderAppendAction
    assert added == [
        ("x-a", "1", actions.OVERWRITE_IF_EXISTS_OR_ADD),
        ("x-b", "2", actions.APPEND_IF_EXISTS_OR_ADD),
    ]
    assert sorted(route.request_headers_to_remove) == ["x-c", "x-d"]


def test_a_sidecar_serves_its_app_and_counts_no_attempts() -> None:
    workload = Workload(
        GatewayName("apps", "backend_sidecar"), {"app": "backend"}, AppName("apps", "backend")
    )
    given = snapshot([], [], workload)
    assert served_ports(given) == {80}
    assert domains(given) == {"*": [BACKEND]}
    assert not manager_of(given).route_config.virtual_hosts[0].include_request_attempt_count


DESTINATION = {"destination": {"host": "backend"}}


@pytest.mark.parametrize(
    "gateways, virtual_services, complaint",
    [
        ([gateway({**server(), "tls": {"mode": "SIMPLE"}})], [], "spec.servers[0].tls of Gateway apps/g"),
        (
            [gateway({**server(), "bind": "10.0.0.1"})],
            [],
            "spec.servers[0].bind of Gateway apps/g",
        ),
        (
            [gateway(server(protocol="TCP"))],
            [],
            "spec.servers[0].port.protocol TCP of Gateway apps/g",
        ),
        (
            [gateway(server())],
            [virtual_service(http=[{"route": [DESTINATION], "timeout": "1s"}])],
            "spec.http[0].timeout of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [virtual_service(http=[{"route": [DESTINATION, DESTINATION]}])],
            "spec.http[0].route with 2 destinations of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [virtual_service(http=[{"route": [{"destination": {"host": "www.example.com"}}]}])],
            "spec.http[0].route[0].destination.host www.example.com of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [
                virtual_service(
                    http=[{"route": [DESTINATION], "headers": {"request": {"set": {"Host": "h"}}}}]
                )
            ],
            "spec.http[0].headers.request.set.Host of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [
                virtual_service(
                    http=[{"route": [DESTINATION], "headers": {"response": {"remove": ["server"]}}}]
                )
            ],
            "spec.http[0].headers.response of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [virtual_service(tcp=[{"route": [DESTINATION]}])],
            "spec.tcp of VirtualService apps/v",
        ),
        (
            [gateway(server())],
            [virtual_service(http=[{"match": [{"port": 80}], "route": [DESTINATION]}])],
            "spec.http[0].match[0].port of VirtualService apps/v",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_object_and_field(
    gateways: list[dict[str, Any]], virtual_services: list[dict[str, Any]], complaint: str
) -> None:
    [problem] = compile_workload(snapshot(gateways, virtual_services)).problems
    assert problem == f"the embedded gateway does not support {complaint}"


def rule(host: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": "r", "namespace": namespace}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": metadata,
        "spec": {"host": host},
    }


class Held:
    """An object source of objects that nobody changes."""

    def __init__(self, *manifests: dict[str, Any]) -> None:
        self._held = manifests

    def list(self, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        return [
            each
            for each in self._held
            if objects.kind_of(each) == kind and namespace in (None, each["metadata"]["namespace"])
        ]

    def subscribe(self, _: Any) -> Any:
        raise AssertionError("nobody follows what does not change")


SIDECAR = Workload(GatewayName("apps", "backend_sidecar"), {"app": "backend"}, AppName("apps", "backend"))


@pytest.mark.parametrize("workload", [INGRESS, SIDECAR], ids=["ingress", "sidecar"])
@pytest.mark.parametrize(
    "host, namespace, matters",
    [
        ("backend", "apps", True),
        ("backend.apps.svc.cluster.local", "istio-system", True),
        ("*.svc.cluster.local", "apps", True),
        ("backend", "istio-system", False),
        ("backend.apps.svc.cluster.local", "elsewhere", False),
        ("frontend", "apps", False),
    ],
)
def test_a_destination_rule_for_what_a_workload_calls_is_not_supported(
    workload: Workload, host: str, namespace: str, matters: bool
) -> None:
    source = Held(gateway(server()), virtual_service(), rule(host, namespace))
    given = replace(objects.collect_workload(source, workload, Mesh()), ports={80: 20_001})
    refused = [f"the embedded gateway does not support any field of DestinationRule {namespace}/r"]
    assert compile_workload(given).problems == (refused if matters else [])
