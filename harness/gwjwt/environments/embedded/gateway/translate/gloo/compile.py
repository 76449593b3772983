"""A workload that Gloo Mesh configures, as Envoy listeners and clusters: where calls leave it, or where they enter.

As for the kinds of Istio, what cannot be translated is named; a route with a policy that cannot be expressed answers
500, which nobody takes for an answer of the app or for a refusal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from envoy.config.route.v3 import route_components_pb2 as envoy_route
from envoy.extensions.filters.http.ext_authz.v3 import ext_authz_pb2
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.gateway.ads import pack, resource
from gwjwt.environments.embedded.gateway.snapshot import GlooSnapshot
from gwjwt.environments.embedded.gateway.translate import clusters, ext_authz
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import (
    FieldNotSupported,
    Manifest,
    only,
    well_formed,
)
from gwjwt.environments.embedded.gateway.translate.gloo import authorization, selecting, tables
from gwjwt.environments.embedded.gateway.translate.gloo.jwt_policies import (
    JwtCheck,
    Place,
    jwt_check,
    mutations,
)
from gwjwt.environments.embedded.gateway.translate.listeners import filter_chain, listener, listener_name
from gwjwt.environments.embedded.gateway.translate.proxy import ProxyCompilation
from gwjwt.environments.embedded.gateway.translate.routes import PlacedRoute
from gwjwt.words import AppName

_AUTHORIZATION = Place(1, -(2**31) - 1)
"""Between the last check before the authorization and the first after it."""


def served_ports(snapshot: GlooSnapshot) -> set[int]:
    """The ports of the virtual gateways' listeners, or the one at which calls leave a workload."""
    if snapshot.workload.calls:
        return {snapshot.workload.port}
    return {
        each["port"]["number"]
        for gateway in snapshot.virtual_gateways
        for each in (gateway.get("spec") or {}).get("listeners") or ()
        if (each.get("port") or {}).get("number")
    }


def compile_gloo(snapshot: GlooSnapshot) -> CompiledGateway:
    """Translate a workload; ``snapshot.ports`` has a bound port for each of ``served_ports``."""
    return _Compilation(snapshot).run()


class _Compilation(ProxyCompilation):
    def __init__(self, snapshot: GlooSnapshot) -> None:
        super().__init__(snapshot, CompiledGateway(snapshot.name))
        self._snapshot = snapshot
        self._chain: dict[tuple[Place, str], hcm.HttpFilter] = {}
        self._checks: dict[str, JwtCheck] = {}

    def run(self) -> CompiledGateway:
        self._check_all()
        workload = self._snapshot.workload
        if workload.calls:
            routes = {**self._direct(), **self._routes(self._snapshot.route_tables)}
            self._listen(workload.port, routes)
            return self._compiled
        for gateway in self._snapshot.istio_gateways:
            self._refuse(gateway, FieldNotSupported("spec.selector of a workload with a VirtualGateway"))
        for port, names in self._gateways_by_port().items():
            own = [each for each in self._snapshot.route_tables if names & set(gateways_of(each))]
            self._listen(port, self._routes(own))
        return self._compiled

    def _gateways_by_port(self) -> dict[int, set[tuple[str, str]]]:
        found: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for gateway in self._snapshot.virtual_gateways:
            try:
                with well_formed():
                    for i, each in enumerate(_listeners(gateway)):
                        found[_port_of(each, f"spec.listeners[{i}]")].add(_key(gateway))
            except FieldNotSupported as error:
                self._refuse(gateway, error)
        return found

    def _check_all(self) -> None:
        """What cannot be expressed is named also where it takes no effect at present."""
        checks: list[tuple[Manifest, Callable[[], object]]] = [
            *((each, partial(selecting.check_workspace, each)) for each in self._snapshot.workspace_objects),
            *(
                (each, partial(jwt_check, each, self._snapshot.key_sets))
                for each in self._snapshot.jwt_policies
            ),
            *((each, partial(authorization.server_of, each)) for each in self._snapshot.ext_auth_policies),
            *(
                (each, partial(authorization.provider_of, each))
                for each in self._snapshot.ext_auth_servers.values()
            ),
        ]
        for manifest, check in checks:
            try:
                with well_formed():
                    check()
            except FieldNotSupported as error:
                self._refuse(manifest, error)

    def _listen(self, port: int, routes: Mapping[str, list[PlacedRoute]]) -> None:
        name = listener_name(self._snapshot.name, port)
        chain = self._filters_of_checks()
        filters = [*self._filters(port), *(chain[place] for place in sorted(chain))]
        message = listener(name, self._snapshot.ports[port], [filter_chain(filters, routes)])
        self._compiled.listeners[name] = resource(message)

    def _direct(self) -> dict[str, list[PlacedRoute]]:
        """Every Service with one port under its own names, for calls that go to it and to no host of a table."""
        found = {}
        for app, service in self._snapshot.services.items():
            ports = [each["port"] for each in (service.get("spec") or {}).get("ports") or ()]
            if len(ports) != 1:
                continue
            route = envoy_route.Route(match=envoy_route.RouteMatch(prefix="/"))
            tables.forward(route, clusters.service_cluster_name(app, ports[0]))
            self._apply(route, app, self._policies_of_destination(app))
            for suffix in ("", ".svc", ".svc.cluster.local"):
                found[f"{app.name}.{app.namespace}{suffix}"] = [PlacedRoute((), route)]
        return found

    def _routes(self, wanted: tuple[Manifest, ...] | list[Manifest]) -> dict[str, list[PlacedRoute]]:
        found: dict[str, list[PlacedRoute]] = defaultdict(list)
        for age, table in enumerate(wanted):
            try:
                with well_formed():
                    placed = list(tables.routes_of(table, age))
            except FieldNotSupported as error:
                self._refuse(table, error)
                continue
            for each in placed:
                self._apply(each.route, each.app, self._policies_of_route(table, each))
            for host in (table.get("spec") or {}).get("hosts") or ():
                found[host] += [PlacedRoute(each.precedence, each.route) for each in placed]
        return found

    def _policies_of_route(self, table: Manifest, route: tables.TableRoute) -> list[Manifest]:
        """At most one of a kind for the route and one for its destination: of several, only the first counts."""
        namespace = table["metadata"]["namespace"]
        selects_for_jwt = partial(selecting.selects_route, labels=route.labels, alone_means_all=True)
        selects_for_authorization = partial(
            selecting.selects_route, labels=route.labels, alone_means_all=False
        )
        of_route = (
            self._first(self._snapshot.jwt_policies, namespace, selects_for_jwt),
            self._first(self._snapshot.ext_auth_policies, namespace, selects_for_authorization),
        )
        return [*filter(None, of_route), *self._policies_of_destination(route.app)]

    def _policies_of_destination(self, app: AppName) -> list[Manifest]:
        service = self._snapshot.services.get(app) or {"metadata": {}}
        labels = service["metadata"].get("labels") or {}
        selects = partial(selecting.selects_destination, app=app, labels=labels)
        kinds = (self._snapshot.jwt_policies, self._snapshot.ext_auth_policies)
        return [each for each in (self._first(kind, app.namespace, selects) for kind in kinds) if each]

    def _first(
        self, policies: tuple[Manifest, ...], namespace: str, selects: Callable[[Manifest], bool]
    ) -> Manifest | None:
        """The policy of the same workspace that takes effect; one whose selector is not understood counts as chosen."""
        workspace = self._snapshot.workspaces.get(namespace)

        def chosen(policy: Manifest) -> bool:
            own = self._snapshot.workspaces.get(policy["metadata"]["namespace"])
            if own is None or own != workspace:
                return False
            try:
                with well_formed():
                    return selects(policy)
            except FieldNotSupported as error:
                self._refuse(policy, error)
                return True

        return selecting.first_created(policies, chosen)

    def _apply(self, route: envoy_route.Route, app: AppName, policies: list[Manifest]) -> None:
        self._need_clusters(app)
        for policy in policies:
            try:
                with well_formed():
                    if policy["kind"] == "JWTPolicy":
                        self._check_tokens(route, policy)
                    else:
                        self._ask(route, policy)
            except FieldNotSupported as error:
                self._refuse(policy, error)
                _close(route)

    def _check_tokens(self, route: envoy_route.Route, policy: Manifest) -> None:
        check = jwt_check(policy, self._snapshot.key_sets)
        self._checks[check.name] = check
        wanted = jwt_authn.PerRouteConfig(requirement_name=check.name)
        route.typed_per_filter_config[_name(check, "jwt_authn")].CopyFrom(pack(wanted))
        if check.appended:
            route.typed_per_filter_config[_name(check, "header_mutation")].CopyFrom(pack(mutations(check)))

    def _ask(self, route: envoy_route.Route, policy: Manifest) -> None:
        name = authorization.server_of(policy)
        server = self._snapshot.ext_auth_servers.get(name)
        if server is None:
            raise FieldNotSupported(f"spec.config.server {name}, which is not there,")
        provider = authorization.provider_of(server)
        cluster = self._service_cluster(*authorization.service_of_server(server))
        if cluster is None:
            raise FieldNotSupported(f"spec.config.server {name}, whose Service is not there,")
        own = f"ext_authz {provider.name}"
        config = ext_authz.ext_authz_config(provider, cluster)
        self._chain[_AUTHORIZATION, own] = hcm.HttpFilter(name=own, typed_config=pack(config), disabled=True)
        asked = ext_authz_pb2.ExtAuthzPerRoute(check_settings=ext_authz_pb2.CheckSettings())
        route.typed_per_filter_config[own].CopyFrom(pack(asked))

    def _filters_of_checks(self) -> dict[tuple[Place, str], hcm.HttpFilter]:
        """One jwt_authn filter for each policy, and one behind it that appends claims; a route names those it needs."""
        chain = dict(self._chain)
        for check in self._checks.values():
            config = jwt_authn.JwtAuthentication(
                providers=check.providers, requirement_map={check.name: check.requirement}
            )
            name = _name(check, "jwt_authn")
            chain[check.place, f"{check.name} 1"] = hcm.HttpFilter(name=name, typed_config=pack(config))
            if check.appended:
                name = _name(check, "header_mutation")
                nothing = pack(header_mutation_pb2.HeaderMutation())
                chain[check.place, f"{check.name} 2"] = hcm.HttpFilter(name=name, typed_config=nothing)
        return chain

    def _need_clusters(self, app: AppName) -> None:
        service = self._snapshot.services.get(app)
        for each in ((service or {}).get("spec") or {}).get("ports") or ():
            self._service_cluster(app, each["port"])


def _name(check: JwtCheck, kind: str) -> str:
    return f"{kind} {check.name}"


def _close(route: envoy_route.Route) -> None:
    route.ClearField("action")
    route.direct_response.status = 500


def gateways_of(table: Manifest) -> Iterator[tuple[str, str]]:
    """Namespace and name of each virtual gateway that a table names."""
    own = table["metadata"]["namespace"]
    for each in (table.get("spec") or {}).get("virtualGateways") or ():
        yield each.get("namespace") or own, each.get("name") or ""


def _key(manifest: Manifest) -> tuple[str, str]:
    return manifest["metadata"]["namespace"], manifest["metadata"]["name"]


def _listeners(gateway: Manifest) -> list[Manifest]:
    spec = gateway.get("spec") or {}
    only(spec, ("workloads", "listeners"), "spec")
    selecting.check_workloads(spec.get("workloads") or (), "spec.workloads")
    found: list[Manifest] = spec.get("listeners") or []
    return found


def _port_of(wanted: Manifest, where: str) -> int:
    only(wanted, ("http", "port", "allowedRouteTables"), where)
    for i, each in enumerate(wanted.get("allowedRouteTables") or ()):
        only(each, ("host",), f"{where}.allowedRouteTables[{i}]")
        if each.get("host") != "*":
            raise FieldNotSupported(f"{where}.allowedRouteTables[{i}].host {each.get('host')}")
    return int(wanted["port"]["number"])
