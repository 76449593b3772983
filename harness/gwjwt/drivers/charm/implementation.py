"""The suite's intents, carried out on an ingress charm that a simulated Juju runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gwjwt.cluster import Cluster
from gwjwt.drivers.charm import relations
from gwjwt.drivers.charm.application_side import Application
from gwjwt.drivers.charm.juju import Failure, Unit
from gwjwt.drivers.charm.process import CharmProcess
from gwjwt.drivers.charm.relations import Endpoints
from gwjwt.drivers.charm.status import worst
from gwjwt.drivers.protocol import Declaration, LibraryCall, LogLine, Status
from gwjwt.drivers.state import Route
from gwjwt.errors import EnvironmentFailed, Unsupported
from gwjwt.rules import MalformedRules, read
from gwjwt.words import AppName, GatewayName, Listener

_ISTIO = "security.istio.io/v1"


@dataclass
class _Ingress:
    """One deployed ingress charm, and what has been asked of it."""

    unit: Unit
    routes: dict[AppName, tuple[str, Route]] = field(default_factory=dict)
    """With the endpoint that each goes through."""
    ports: list[int] = field(default_factory=list)
    provider: str | None = None


class CharmImplementation:
    """A charm, deployed once for each gateway: the model is the gateway's namespace, the application its name."""

    def __init__(
        self,
        cluster: Cluster,
        charm: CharmProcess,
        application: Application,
        endpoints: Endpoints,
        config: Mapping[str, Any],
    ) -> None:
        self._cluster, self._charm, self._application = cluster, charm, application
        self._endpoints, self._config = endpoints, dict(config)
        self._deployed: dict[GatewayName, _Ingress] = {}
        self._failures: list[tuple[GatewayName, Failure]] = []

    def create_gateway(self, gateway: GatewayName) -> None:
        unit = Unit(self._charm, gateway.name, gateway.namespace, config=self._config)
        self._deployed[gateway] = _Ingress(unit)
        unit.install()

    def remove_gateway(self, gateway: GatewayName) -> None:
        """``juju remove-application``; the unit stays known if a hook of it fails, as Juju would keep it."""
        self._deployed[gateway].unit.remove()

    def abandon(self, gateway: GatewayName) -> None:
        self._deployed.pop(gateway).unit.forget()
        self._application.forget(gateway)

    def listen(self, gateway: GatewayName, listener: Listener) -> None:
        relations.require_plain(listener)
        ingress = self._deployed[gateway]
        ingress.ports.append(listener.port)
        self._ask_for_listeners(gateway, ingress)

    def expose(self, gateway: GatewayName, app: AppName, port: int, *, authenticated: bool = True) -> str:
        ingress = self._deployed[gateway]
        route = Route.to(app, port)
        names = self._endpoints
        endpoint = self._endpoint(names.ingress if authenticated else names.ingress_unauthenticated)
        relation = ingress.unit.relate(endpoint, app.name, relations.ingress(route))
        ingress.routes[app] = endpoint, route
        if ingress.ports:
            self._ask_for_listeners(gateway, ingress)
        return relations.path_of(relation.answer, route)

    def relate(self, gateway: GatewayName, app: AppName, published: str | None) -> None:
        """Proper rules are published by the interface's own library, any other text as it is."""
        endpoint = self._endpoint(self._endpoints.request_auth)
        written = self._written(gateway, app, published)
        self._deployed[gateway].unit.relate(endpoint, app.name, written)

    def withdraw(self, gateway: GatewayName, app: AppName) -> None:
        self._deployed[gateway].unit.end_relation(self._endpoints.request_auth, app.name)

    def enable_forward_auth(self, gateway: GatewayName, provider: str | None) -> None:
        """Integrate with the mesh's charm and the authorizer's; the mesh answers what the ingress has asked it for."""
        ingress = self._deployed[gateway]
        forward_auth = self._endpoint(self._endpoints.forward_auth)
        ingress.provider = provider
        self._bring_mesh(ingress)
        protected = [
            app.name for app, (endpoint, _) in ingress.routes.items() if endpoint == self._endpoints.ingress
        ]
        published = relations.authorizer(gateway, protected, ready=provider is not None)
        ingress.unit.relate(forward_auth, relations.LOGIN_APP, published)
        self._bring_mesh(ingress)

    def disable_forward_auth(self, gateway: GatewayName) -> None:
        ingress = self._deployed[gateway]
        ingress.unit.end_relation(self._endpoints.forward_auth, relations.LOGIN_APP)
        ingress.provider = None
        self._bring_mesh(ingress)

    def settle(self) -> None:
        """Every hook has returned already; those that have failed are tried once more, as Juju does."""
        for gateway, ingress in self._deployed.items():
            ingress.unit.retry()
            self._failures += [(gateway, failure) for failure in ingress.unit.failures]
            ingress.unit.failures.clear()

    def take_complaints(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What has been raised since the last call: each as one line, and with its traceback."""
        while self._failures:
            gateway, failure = self._failures.pop(0)
            line = f"the charm {gateway.name} raised in {failure.hook}: {failure.cause}"
            yield line, {"hook": failure.hook, "gateway": str(gateway), "traceback": failure.trace}

    def request_authentications(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "RequestAuthentication", gateway.namespace))

    def authorization_policies(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "AuthorizationPolicy", gateway.namespace))

    def status(self, gateway: GatewayName) -> Status:
        """The worse of what the charm says of its unit and of its application."""
        unit = self._deployed[gateway].unit
        if unit.failure:
            return Status("error", f'hook failed: "{unit.failure.hook}": {unit.failure.cause}')
        return worst(unit.status.values())

    def log(self, gateway: GatewayName) -> Sequence[LogLine]:
        """The log of the unit; what a hook that raised had logged is in it after the next one that returns."""
        return tuple(self._deployed[gateway].unit.log)

    def gateway_endpoint(self) -> Declaration:
        name = self._endpoints.request_auth
        declared = self._charm.endpoints.get(name, {})
        return Declaration(
            name, declared.get("role", "none"), declared.get("interface"), declared.get("limit")
        )

    def app_endpoint(self, endpoint: str) -> Declaration:
        return self._application.declaration(endpoint)

    def library(self) -> frozenset[str]:
        return self._application.library()

    def publish_with_library(
        self, gateway: GatewayName, app: AppName, text: str, *, endpoint: str, leader: bool
    ) -> LibraryCall:
        """Publish through the bundled application charm; the gateway sees the databag if the leader has written it."""
        call = self._application.publish(gateway, app, text, endpoint=endpoint, leader=leader)
        if leader and call.raised is None:
            own = self._endpoint(self._endpoints.request_auth)
            self._deployed[gateway].unit.relate(own, app.name, relations.Published(call.databag))
        return call

    def _written(self, gateway: GatewayName, app: AppName, published: str | None) -> relations.Published:
        if published is None or not _is_proper(published):
            return relations.rules(published)
        call = self._application.publish(gateway, app, published)
        if call.raised is not None:
            raise EnvironmentFailed(
                "the library of istio_request_auth", f"refuses proper rules: {call.raised}"
            )
        return relations.Published(call.databag)

    def _endpoint(self, name: str) -> str:
        if name not in self._charm.endpoints:
            raise Unsupported(
                f"the charm has no endpoint {name!r} (it has: {', '.join(sorted(self._charm.endpoints))})"
            )
        return name

    def _ask_for_listeners(self, gateway: GatewayName, ingress: _Ingress) -> None:
        endpoint = self._endpoint(self._endpoints.ingress_route)
        routes = [route for _, route in ingress.routes.values()]
        ingress.unit.relate(
            endpoint, relations.LISTENERS_APP, relations.listeners(gateway, ingress.ports, routes)
        )

    def _bring_mesh(self, ingress: _Ingress) -> None:
        endpoint = self._endpoint(self._endpoints.ingress_config)
        known = ingress.unit.relation(endpoint, relations.MESH_APP)
        answer = relations.mesh(known.answer if known else {}, ingress.provider)
        if known is None or known.remote != answer:
            ingress.unit.relate(endpoint, relations.MESH_APP, answer)


def _is_proper(published: str) -> bool:
    try:
        read(published)
    except MalformedRules:
        return False
    return True
