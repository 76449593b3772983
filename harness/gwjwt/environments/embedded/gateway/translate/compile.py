"""One gateway's objects become its Envoy listeners and clusters.

What cannot be translated is never left out in silence: a problem names object and field, and the gateway
refuses every request as long as a policy of it cannot be expressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from envoy.config.rbac.v3 import rbac_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.ads import Resource, resource
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot
from gwjwt.environments.embedded.gateway.translate import authorization, clusters, ext_authz, jwt
from gwjwt.environments.embedded.gateway.translate.fields import (
    FieldNotSupported,
    Manifest,
    describe,
    not_supported,
    only,
    well_formed,
)
from gwjwt.environments.embedded.gateway.translate.listeners import listener, listener_name
from gwjwt.environments.embedded.gateway.translate.routes import BLACK_HOLE, PlacedRoute, routes_of
from gwjwt.words import AppName, GatewayName

_GATEWAY_FIELDS = ("gatewayClassName", "listeners", "addresses", "infrastructure")
_LISTENER_FIELDS = ("name", "hostname", "port", "protocol", "allowedRoutes")


@dataclass(frozen=True)
class RouteParent:
    """What became of an HTTPRoute at one of its ``parentRefs`` to the gateway."""

    ref: Manifest
    accepted: str = "Accepted"
    """The reason of the Accepted condition; any other value than ``Accepted`` means that it is not."""
    resolved: str = "ResolvedRefs"
    """The same for the backends."""
    message: str = ""


@dataclass
class CompiledGateway:
    """The outcome for one gateway. Equal input gives equal resources, byte for byte."""

    gateway: GatewayName
    listeners: dict[str, Resource] = field(default_factory=dict)
    clusters: dict[str, Resource] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Sentences that name what is not supported."""
    attached: dict[str, int] = field(default_factory=dict)
    """Routes at each of the Gateway's listeners, by its name."""
    refused_listeners: dict[str, str] = field(default_factory=dict)
    """Listeners that cannot be served, with the reason."""
    parents: dict[tuple[str, str], list[RouteParent]] = field(default_factory=dict)
    """By namespace and name of the HTTPRoute."""


def declared_ports(gateway: Manifest) -> set[int]:
    """The ports of the Gateway's HTTP listeners."""
    listeners = (gateway.get("spec") or {}).get("listeners") or ()
    return {each["port"] for each in listeners if each.get("protocol", "HTTP") == "HTTP"}


def compile_gateway(snapshot: GatewaySnapshot) -> CompiledGateway:
    """Translate a gateway; ``snapshot.ports`` has a bound port for each of ``declared_ports``."""
    return _Compilation(snapshot).run()


class _Compilation:
    def __init__(self, snapshot: GatewaySnapshot) -> None:
        self._snapshot = snapshot
        self._compiled = CompiledGateway(snapshot.name)

    def run(self) -> CompiledGateway:
        by_port: dict[int, list[Manifest]] = defaultdict(list)
        for each in self._listeners():
            by_port[each["port"]].append(each)
        placed = {id(each): self._place(each) for port in by_port.values() for each in port}
        self._judge_parents(placed)
        for port, listeners in by_port.items():
            name = listener_name(self._snapshot.name, port)
            routes: dict[str, list[PlacedRoute]] = defaultdict(list)
            for each in listeners:
                for hostname, found in placed[id(each)].items():
                    routes[hostname] += found
            message = listener(name, self._snapshot.ports[port], self._filters(port), routes)
            self._compiled.listeners[name] = resource(message)
        return self._compiled

    def _refuse(self, manifest: Manifest, error: FieldNotSupported) -> str:
        sentence = not_supported(manifest, error.field)
        if sentence not in self._compiled.problems:
            self._compiled.problems.append(sentence)
        return sentence

    def _listeners(self) -> Iterator[Manifest]:
        gateway = self._snapshot.gateway
        spec = gateway.get("spec") or {}
        try:
            only(spec, _GATEWAY_FIELDS, "spec")
        except FieldNotSupported as error:
            self._refuse(gateway, error)
        for i, each in enumerate(spec.get("listeners") or ()):
            where = f"spec.listeners[{i}]"
            self._compiled.attached[each["name"]] = 0
            try:
                _check_listener(each, where)
                selection.allows_namespace(each, gateway, self._snapshot.name.namespace, where)
            except FieldNotSupported as error:
                self._compiled.refused_listeners[each["name"]] = self._refuse(gateway, error)
            else:
                yield each

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
        app = AppName(namespace, backend["name"])
        service = self._snapshot.services.get(app)
        entry = clusters.service_port(service, backend.get("port", 0)) if service else None
        if entry is None:
            self._need_cluster(BLACK_HOLE, [])
            return None
        name = clusters.service_cluster_name(app, entry["port"])
        slices = self._snapshot.endpoint_slices.get(app, ())
        self._need_cluster(name, clusters.endpoints(slices, entry.get("name") or ""))
        return name

    def _need_cluster(self, name: str, addresses: list[Any]) -> None:
        if name not in self._compiled.clusters:
            self._compiled.clusters[name] = resource(clusters.cluster(name, addresses))

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

    def _filters(self, port: int) -> list[hcm.HttpFilter]:
        """The filters in Istio's order; one that refuses everything if a policy cannot be expressed."""
        custom: list[tuple[str, dict[str, rbac_pb2.Policy]]] = []
        enforced: list[tuple[str, dict[str, rbac_pb2.Policy]]] = []
        refused = False
        for policy in self._snapshot.authorization_policies:
            try:
                with well_formed():
                    action = authorization.action_of(policy)
                    rules = authorization.rules_of(policy, port)
            except FieldNotSupported as error:
                self._refuse(policy, error)
                refused = True
                continue
            if action == "CUSTOM":
                custom.append((_provider_name(policy), rules))
            else:
                enforced.append((action, rules))
        token_rules: list[Manifest] = []
        for request_authentication in self._snapshot.request_authentications:
            try:
                with well_formed():
                    own_rules = jwt.rules_of(request_authentication)
                    jwt.jwt_filter(own_rules, self._snapshot.key_sets)
                token_rules += own_rules
            except FieldNotSupported as error:
                self._refuse(request_authentication, error)
                refused = True
        if refused:
            return [authorization.deny_everything()]
        providers = self._snapshot.mesh.providers
        for name, _ in custom:
            if name in providers:
                self._need_cluster(ext_authz.cluster_name(providers[name]), [providers[name].endpoint])
        jwt_authn = jwt.jwt_filter(token_rules, self._snapshot.key_sets)
        return [
            *authorization.custom_filters(custom, providers),
            *([jwt_authn] if jwt_authn else []),
            *authorization.allow_and_deny_filters(enforced),
        ]


def _check_listener(each: Manifest, path: str) -> None:
    only(each, _LISTENER_FIELDS, path)
    if each.get("protocol", "HTTP") != "HTTP":
        raise FieldNotSupported(f"{path}.protocol {each['protocol']}")


def _names_listener(ref: Manifest, each: Manifest) -> bool:
    """Whether a ``parentRef`` means this listener."""
    return ref.get("sectionName") in (None, each["name"]) and ref.get("port") in (None, each["port"])


def _provider_name(policy: Manifest) -> str:
    return str(((policy.get("spec") or {}).get("provider") or {}).get("name") or "")
