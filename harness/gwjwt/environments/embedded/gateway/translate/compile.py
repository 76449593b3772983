"""One gateway's objects become its Envoy listeners and clusters.

What cannot be translated is never left out in silence: a problem names object and field, and the gateway
refuses every request as long as a policy of it cannot be expressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from envoy.config.listener.v3.listener_components_pb2 import FilterChain

from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.ads import resource
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot
from gwjwt.environments.embedded.gateway.translate import tls
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway, RouteParent
from gwjwt.environments.embedded.gateway.translate.fields import (
    FieldNotSupported,
    Manifest,
    describe,
    only,
    well_formed,
)
from gwjwt.environments.embedded.gateway.translate.listeners import filter_chain, listener, listener_name
from gwjwt.environments.embedded.gateway.translate.proxy import ProxyCompilation
from gwjwt.environments.embedded.gateway.translate.routes import BLACK_HOLE, PlacedRoute, routes_of
from gwjwt.words import AppName

_GATEWAY_FIELDS = ("gatewayClassName", "listeners", "addresses", "infrastructure")
_LISTENER_FIELDS = ("name", "hostname", "port", "protocol", "allowedRoutes")
_SECURE = "HTTPS"


def declared_ports(gateway: Manifest) -> set[int]:
    """The ports of the Gateway's HTTP and HTTPS listeners."""
    listeners = (gateway.get("spec") or {}).get("listeners") or ()
    return {each["port"] for each in listeners if _protocol(each) in ("HTTP", _SECURE)}


def compile_gateway(snapshot: GatewaySnapshot) -> CompiledGateway:
    """Translate a gateway; ``snapshot.ports`` has a bound port for each of ``declared_ports``."""
    return _Compilation(snapshot).run()


class _Compilation(ProxyCompilation):
    def __init__(self, snapshot: GatewaySnapshot) -> None:
        super().__init__(snapshot, CompiledGateway(snapshot.name))
        self._snapshot = snapshot

    def run(self) -> CompiledGateway:
        by_port: dict[int, list[Manifest]] = defaultdict(list)
        for each in self._listeners():
            by_port[each["port"]].append(each)
        placed = {id(each): self._place(each) for port in by_port.values() for each in port}
        self._judge_parents(placed)
        for port, listeners in by_port.items():
            name = listener_name(self._snapshot.name, port)
            chains = list(self._chains(port, listeners, placed))
            self._compiled.listeners[name] = resource(listener(name, self._snapshot.ports[port], chains))
        return self._compiled

    def _chains(
        self, port: int, listeners: list[Manifest], placed: dict[int, dict[str, list[PlacedRoute]]]
    ) -> Iterator[FilterChain]:
        """One for all listeners that are plain; one for each that terminates TLS, as its routes are no other's."""
        filters = self._filters(port)
        if _protocol(listeners[0]) == _SECURE:
            for each in listeners:
                socket = tls.transport_socket(each, self._snapshot.secrets, "spec.listeners")
                name = each.get("hostname")
                yield filter_chain(filters, placed[id(each)], transport_socket=socket, server_name=name)
            return
        routes: dict[str, list[PlacedRoute]] = defaultdict(list)
        for each in listeners:
            for hostname, found in placed[id(each)].items():
                routes[hostname] += found
        yield filter_chain(filters, routes)

    def _listeners(self) -> Iterator[Manifest]:
        gateway = self._snapshot.gateway
        spec = gateway.get("spec") or {}
        try:
            only(spec, _GATEWAY_FIELDS, "spec")
        except FieldNotSupported as error:
            self._refuse(gateway, error)
        protocols: dict[int, str] = {}
        for i, each in enumerate(spec.get("listeners") or ()):
            where = f"spec.listeners[{i}]"
            self._compiled.attached[each["name"]] = 0
            try:
                self._check_listener(each, protocols.setdefault(each["port"], _protocol(each)), where)
                selection.allows_namespace(each, gateway, self._snapshot.name.namespace, where)
            except FieldNotSupported as error:
                self._compiled.refused_listeners[each["name"]] = self._refuse(gateway, error)
            else:
                yield each

    def _check_listener(self, each: Manifest, protocol_of_port: str, path: str) -> None:
        protocol = _protocol(each)
        if protocol != protocol_of_port:
            raise FieldNotSupported(f"{path}.protocol {protocol} on a port of {protocol_of_port}")
        if protocol == _SECURE:
            only(each, (*_LISTENER_FIELDS, "tls"), path)
            tls.transport_socket(each, self._snapshot.secrets, path)
            return
        only(each, _LISTENER_FIELDS, path)
        if protocol != "HTTP":
            raise FieldNotSupported(f"{path}.protocol {protocol}")

    def _place(self, each: Manifest) -> dict[str, list[PlacedRoute]]:
        """The routes at one listener of the Gateway, by hostname."""
        found: dict[str, list[PlacedRoute]] = {each.get("hostname") or "*": []}
        for http_route in self._snapshot.routes:
            if not self._attaches(http_route, each):
                continue
            hostnames = selection.hostnames_in_common(each, http_route)
            try:
                with well_formed():
                    placed = list(routes_of(http_route, self._cluster_of)) if hostnames else []
            except FieldNotSupported as error:
                self._refuse(http_route, error)
                continue
            self._compiled.attached[each["name"]] += bool(hostnames)
            for hostname in hostnames:
                found.setdefault(hostname, []).extend(placed)
        return found

    def _attaches(self, http_route: Manifest, each: Manifest) -> bool:
        gateway, namespace = self._snapshot.gateway, http_route["metadata"]["namespace"]
        return selection.allows_namespace(each, gateway, namespace, "spec.listeners") and any(
            parent == self._snapshot.name and _names_listener(ref, each)
            for parent, ref in selection.parents(http_route)
        )

    def _cluster_of(self, backend: Manifest, namespace: str) -> str | None:
        if backend.get("kind", "Service") != "Service" or backend.get("group"):
            raise FieldNotSupported(f"a backendRef of kind {backend.get('kind')}")
        if backend.get("namespace") not in (None, namespace):
            raise FieldNotSupported(f"a backendRef to another namespace ({backend['namespace']})")
        name = self._service_cluster(AppName(namespace, backend["name"]), backend.get("port", 0))
        if name is None:
            self._need_cluster(BLACK_HOLE, [])
        return name

    def _judge_parents(self, placed: dict[int, dict[str, list[PlacedRoute]]]) -> None:
        """Work out the conditions of every route that names the gateway."""
        served = [each for each in self._listeners_again() if id(each) in placed]
        for http_route in self._snapshot.routes:
            metadata = http_route["metadata"]
            entries = [
                self._judge(http_route, ref, served)
                for parent, ref in selection.parents(http_route)
                if parent == self._snapshot.name
            ]
            self._compiled.parents[metadata["namespace"], metadata["name"]] = entries

    def _listeners_again(self) -> list[Manifest]:
        listeners: list[Manifest] = (self._snapshot.gateway.get("spec") or {}).get("listeners") or []
        return listeners

    def _judge(self, http_route: Manifest, ref: Manifest, served: list[Manifest]) -> RouteParent:
        refused = [each for each in self._compiled.problems if each.endswith(f" of {describe(http_route)}")]
        if refused:
            return RouteParent(ref, accepted="UnsupportedValue", message="; ".join(refused))
        named = [each for each in served if _names_listener(ref, each)]
        if not named:
            return RouteParent(ref, accepted="NoMatchingParent", message="no listener of this name and port")
        gateway, namespace = self._snapshot.gateway, http_route["metadata"]["namespace"]
        allowed = [each for each in named if selection.allows_namespace(each, gateway, namespace, "spec")]
        if not allowed:
            return RouteParent(ref, accepted="NotAllowedByListeners", message=f"not from {namespace}")
        if not any(selection.hostnames_in_common(each, http_route) for each in allowed):
            return RouteParent(ref, accepted="NoMatchingListenerHostname", message="no hostname in common")
        missing = [
            backend["name"]
            for rule in (http_route.get("spec") or {}).get("rules") or ()
            for backend in rule.get("backendRefs") or ()
            if self._cluster_of(backend, namespace) is None
        ]
        if missing:
            message = f"no Service port for {', '.join(missing)}"
            return RouteParent(ref, resolved="BackendNotFound", message=message)
        return RouteParent(ref)


def _protocol(each: Manifest) -> str:
    return str(each.get("protocol", "HTTP"))


def _names_listener(ref: Manifest, each: Manifest) -> bool:
    """Whether a ``parentRef`` means this listener."""
    return ref.get("sectionName") in (None, each["name"]) and ref.get("port") in (None, each["port"])
