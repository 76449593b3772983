"""Services with their EndpointSlices, and authorizers, as Envoy clusters."""

from __future__ import annotations

from collections.abc import Iterable

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import address_pb2
from envoy.config.endpoint.v3 import endpoint_components_pb2, endpoint_pb2
from google.protobuf import duration_pb2

from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.words import AppName, Endpoint

_CONNECT_SECONDS = 10
"""Istio's default."""


def service_cluster_name(app: AppName, port: int) -> str:
    """Name the cluster of a Service port, as istiod does."""
    return f"outbound|{port}||{app.name}.{app.namespace}.svc.cluster.local"


def destination(cluster_name: str) -> tuple[str, str]:
    """The Service's host and port in the name of its cluster."""
    _, port, _, host = cluster_name.split("|")
    return host, port


def service_port(service: Manifest, port: int) -> Manifest | None:
    """Find the entry of the Service's ``spec.ports`` for a port number."""
    ports: list[Manifest] = (service.get("spec") or {}).get("ports") or []
    return next((each for each in ports if each.get("port") == port), None)


def endpoints(slices: Iterable[Manifest], port_name: str) -> list[Endpoint]:
    """List the ready addresses behind a Service port, which EndpointSlices know by name."""
    found = []
    for each in slices:
        numbers = [
            entry["port"] for entry in each.get("ports") or () if (entry.get("name") or "") == port_name
        ]
        for endpoint in each.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready", True) is False:
                continue
            found += [Endpoint(address, number) for address in endpoint["addresses"] for number in numbers]
    return sorted(found, key=lambda endpoint: (endpoint.host, endpoint.port))


def cluster(name: str, addresses: Iterable[Endpoint]) -> cluster_pb2.Cluster:
    """Build a cluster with fixed addresses; without any it answers 503."""
    backends = [
        endpoint_components_pb2.LbEndpoint(
            endpoint=endpoint_components_pb2.Endpoint(
                address=address_pb2.Address(
                    socket_address=address_pb2.SocketAddress(address=each.host, port_value=each.port)
                )
            )
        )
        for each in addresses
    ]
    return cluster_pb2.Cluster(
        name=name,
        type=cluster_pb2.Cluster.STATIC,
        connect_timeout=duration_pb2.Duration(seconds=_CONNECT_SECONDS),
        load_assignment=endpoint_pb2.ClusterLoadAssignment(
            cluster_name=name,
            endpoints=[endpoint_components_pb2.LocalityLbEndpoints(lb_endpoints=backends)],
        ),
    )
