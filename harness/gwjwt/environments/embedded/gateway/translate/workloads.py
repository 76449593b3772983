"""One workload of the mesh as Envoy listeners and clusters: an ingress gateway, or the inbound side of a sidecar.

Source: Istio documentation, Gateway (``networking.istio.io``) and VirtualService. As for Gateways of the Gateway API,
what cannot be translated is named, and a workload with a policy that cannot be expressed refuses every request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from envoy.config.route.v3 import route_components_pb2 as envoy_route
from google.protobuf import duration_pb2

from gwjwt.environments.embedded.gateway.ads import resource
from gwjwt.environments.embedded.gateway.snapshot import WorkloadSnapshot
from gwjwt.environments.embedded.gateway.translate import clusters, virtual
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import (
    FieldNotSupported,
    Manifest,
    only,
    well_formed,
)
from gwjwt.environments.embedded.gateway.translate.listeners import filter_chain, listener, listener_name
from gwjwt.environments.embedded.gateway.translate.proxy import ProxyCompilation
from gwjwt.environments.embedded.gateway.translate.routes import PlacedRoute
from gwjwt.words import AppName

_SERVER_FIELDS = ("name", "port", "hosts")


def served_ports(snapshot: WorkloadSnapshot) -> set[int]:
    """The ports of the Gateways' HTTP servers, or the one of a sidecar's app."""
    if snapshot.workload.app is not None:
        return {snapshot.workload.port}
    return {server["port"]["number"] for _, _, server in _servers(snapshot) if _is_http(server)}


def compile_workload(snapshot: WorkloadSnapshot) -> CompiledGateway:
    """Translate a workload; ``snapshot.ports`` has a bound port for each of ``served_ports``."""
    return _Compilation(snapshot).run()


class _Compilation(ProxyCompilation):
    def __init__(self, snapshot: WorkloadSnapshot) -> None:
        super().__init__(snapshot, CompiledGateway(snapshot.name))
        self._snapshot = snapshot

    def run(self) -> CompiledGateway:
        workload = self._snapshot.workload
        if workload.app is not None:
            routes = {"*": [PlacedRoute((), self._inbound(workload.app, workload.port))]}
            self._listen(workload.port, routes, inbound=True)
        else:
            for port, routes in self._routes().items():
                self._listen(port, routes, inbound=False)
        return self._compiled

    def _listen(self, port: int, routes: dict[str, list[PlacedRoute]], *, inbound: bool) -> None:
        name = listener_name(self._snapshot.name, port)
        bound = self._snapshot.ports[port]
        chain = filter_chain(self._filters(port), routes, inbound=inbound)
        message = listener(name, bound, [chain], inbound=inbound)
        self._compiled.listeners[name] = resource(message)

    def _inbound(self, app: AppName, port: int) -> envoy_route.Route:
        route = envoy_route.Route(match=envoy_route.RouteMatch(prefix="/"))
        route.route.cluster = self._service_cluster(app, port) or clusters.service_cluster_name(app, port)
        route.route.timeout.CopyFrom(duration_pb2.Duration(seconds=0))
        route.decorator.operation = f"{app.name}.{app.namespace}.svc.cluster.local:{port}/*"
        return route

    def _routes(self) -> dict[int, dict[str, list[PlacedRoute]]]:
        """By port and host, what the VirtualServices of each of the Gateways say."""
        found: dict[int, dict[str, list[PlacedRoute]]] = {}
        for gateway, where, server in _servers(self._snapshot):
            try:
                with well_formed():
                    _check(server, where)
            except FieldNotSupported as error:
                self._refuse(gateway, error)
                continue
            by_host = found.setdefault(server["port"]["number"], defaultdict(list))
            for host, routes in self._routes_of(gateway, server):
                by_host[host] += [each for each in routes if each not in by_host[host]]
        return found

    def _routes_of(self, gateway: Manifest, server: Manifest) -> Iterator[tuple[str, list[PlacedRoute]]]:
        name = gateway["metadata"]["namespace"], gateway["metadata"]["name"]
        for age, each in enumerate(self._snapshot.virtual_services):
            if name not in virtual.gateways_of(each):
                continue
            try:
                with well_formed():
                    hosts = hosts_in_common(gateway, server, each)
                    routes = list(virtual.routes_of(each, age, self._only_port))
                    for app in virtual.backends(each):
                        self._need_clusters(app)
            except FieldNotSupported as error:
                self._refuse(each, error)
                continue
            for host in hosts:
                yield host, routes

    def _need_clusters(self, app: AppName) -> None:
        for port in _ports(self._snapshot.services.get(app)):
            self._service_cluster(app, port)

    def _only_port(self, app: AppName) -> int | None:
        ports = _ports(self._snapshot.services.get(app))
        return ports[0] if len(ports) == 1 else None


def _servers(snapshot: WorkloadSnapshot) -> Iterator[tuple[Manifest, str, Manifest]]:
    for gateway in snapshot.gateways:
        for i, server in enumerate((gateway.get("spec") or {}).get("servers") or ()):
            yield gateway, f"spec.servers[{i}]", server


def _is_http(server: Manifest) -> bool:
    return str(server["port"].get("protocol", "")).upper() == "HTTP"


def _check(server: Manifest, where: str) -> None:
    only(server, _SERVER_FIELDS, where)
    only(server["port"], ("number", "name", "protocol"), f"{where}.port")
    if not _is_http(server):
        raise FieldNotSupported(f"{where}.port.protocol {server['port'].get('protocol')}")


def hosts_in_common(gateway: Manifest, server: Manifest, virtual_service: Manifest) -> list[str]:
    """The hosts of a VirtualService that the server takes, or, of a wider one, those of the server."""
    own, found = virtual_service["metadata"]["namespace"], []
    offered = list(_offered(server["hosts"], gateway["metadata"]["namespace"], own))
    for wanted in (virtual_service.get("spec") or {}).get("hosts") or ():
        if any(_covers(each, wanted) for each in offered):
            found.append(wanted)
        else:
            found += [each for each in offered if _covers(wanted, each)]
    return list(dict.fromkeys(found))


def _offered(hosts: Iterable[str], own: str, asking: str) -> Iterator[str]:
    """The server's hosts for VirtualServices of a namespace; ``NAMESPACE/HOST`` is for that namespace only."""
    for each in hosts:
        namespace, _, host = each.rpartition("/")
        if namespace in ("", "*", asking) or (namespace == "." and own == asking):
            yield host


def _covers(wide: str, narrow: str) -> bool:
    return wide in ("*", narrow) or (wide.startswith("*.") and narrow.endswith(wide[1:]))


def _ports(service: Manifest | None) -> list[int]:
    return [each["port"] for each in ((service or {}).get("spec") or {}).get("ports") or ()]
