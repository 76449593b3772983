"""Where a gateway can be reached from here: its load balancer, a node port, or a port that leads into the cluster.

Sources: Gateway API reference, ``status.addresses``; Kubernetes documentation, "Service", type NodePort; GEP-1762,
which has what belongs to a Gateway carry its name in a label.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from gwjwt.cluster import Cluster, Object, Reference
from gwjwt.environments.cluster.access import GATEWAY_API, told_of_refusals
from gwjwt.environments.cluster.options import AddressMode, ClusterOptions
from gwjwt.environments.cluster.tunnel import Tunnel
from gwjwt.environments.gateway_infrastructure import NAME_LABEL
from gwjwt.waiting import NotYet
from gwjwt.words import Endpoint, GatewayName

_CONNECT_SECONDS = 1.0


class GatewayAddresses:
    """Finds endpoints. Ports on loopback that it has opened end with the tunnel."""

    def __init__(self, cluster: Cluster, tunnel: Tunnel, options: ClusterOptions) -> None:
        self._cluster, self._tunnel, self._options = cluster, tunnel, options
        self._forwarded: dict[tuple[str, int], Endpoint] = {}
        self._found: dict[tuple[GatewayName, int], Endpoint] = {}

    def find(self, gateway: GatewayName, port: int) -> Endpoint:
        """An endpoint that takes connections.

        Raises:
            NotYet: there is none; says what was tried.
        """
        known = self._found.get((gateway, port))
        if known is not None and _takes_connections(known):
            return known
        tried = []
        for mode, candidates in self._ways():
            for endpoint in candidates(gateway, port):
                if _takes_connections(endpoint):
                    self._found[gateway, port] = endpoint
                    return endpoint
                tried.append(f"{mode} {endpoint.host}:{endpoint.port} takes no connection")
            if not tried or not tried[-1].startswith(str(mode)):
                tried.append(f"{mode}: there is none")
        raise NotYet("; ".join(tried))

    def forget(self, namespace: str) -> None:
        """Of a namespace that has gone."""
        for gateway, port in tuple(self._found):
            if gateway.namespace == namespace:
                del self._found[gateway, port]

    def _ways(self) -> list[tuple[AddressMode, Callable[[GatewayName, int], Iterator[Endpoint]]]]:
        ways = {
            AddressMode.LOAD_BALANCER: self._load_balancers,
            AddressMode.NODE_PORT: self._node_ports,
            AddressMode.PORT_FORWARD: self._port_forwards,
        }
        wanted = self._options.address
        return [(mode, way) for mode, way in ways.items() if wanted in (mode, AddressMode.AUTO)]

    def _load_balancers(self, gateway: GatewayName, port: int) -> Iterator[Endpoint]:
        reference = Reference(f"{GATEWAY_API}/v1", "Gateway", gateway.namespace, gateway.name)
        with told_of_refusals():
            found = self._cluster.get(reference) or {}
        for each in found.get("status", {}).get("addresses", ()):
            yield Endpoint(each["value"], port)

    def _node_ports(self, gateway: GatewayName, port: int) -> Iterator[Endpoint]:
        ports = [
            each["nodePort"]
            for service in self._services(gateway)
            for each in service["spec"]["ports"]
            if each["port"] == port and each.get("nodePort")
        ]
        if not ports:
            return
        with told_of_refusals():
            nodes = self._cluster.list("v1", "Node")
        for node in nodes:
            for address in node.get("status", {}).get("addresses", ()):
                if address["type"] in ("InternalIP", "ExternalIP"):
                    yield from (Endpoint(address["address"], each) for each in ports)

    def _port_forwards(self, gateway: GatewayName, port: int) -> Iterator[Endpoint]:
        for service in self._services(gateway):
            if all(each["port"] != port for each in service["spec"]["ports"]):
                continue
            metadata = service["metadata"]
            host = f"{metadata['name']}.{metadata['namespace']}.svc.{self._options.cluster_domain}"
            if (host, port) not in self._forwarded:
                self._forwarded[host, port] = self._tunnel.lead_to(host, port)
            yield self._forwarded[host, port]

    def _services(self, gateway: GatewayName) -> list[Object]:
        with told_of_refusals():
            return self._cluster.list("v1", "Service", gateway.namespace, {NAME_LABEL: gateway.name})


def _takes_connections(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.host, endpoint.port), _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
