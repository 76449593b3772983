"""The suite's intents, carried out on an ingress charm that a live Juju runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gwjwt.cluster import Cluster
from gwjwt.drivers.charm import relations
from gwjwt.drivers.charm.live.agent import failure
from gwjwt.drivers.charm.live.ingress import IngressUnits, deployed
from gwjwt.drivers.charm.live.model import JujuFailed, LiveModel
from gwjwt.drivers.charm.live.options import CharmToDeploy, ConfigValue, Ingress
from gwjwt.drivers.charm.relations import Databag, Endpoints, Published
from gwjwt.drivers.charm.status import worst
from gwjwt.drivers.protocol import Status
from gwjwt.drivers.state import Route
from gwjwt.errors import EnvironmentFailed, ImplementationFailed, Unsupported
from gwjwt.words import AppName, GatewayName, Listener

_ISTIO = "security.istio.io/v1"
_VALID_APPLICATION = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")
_NO_ENDPOINT = re.compile(r'no relations found|has no ".*" relation')
"""Juju's words when an application has no endpoint that fits."""


@dataclass(frozen=True)
class Surroundings:
    """What the implementation is given: the names, and what to deploy."""

    ingress: Ingress
    requirer: CharmToDeploy
    endpoints: Endpoints
    config: Mapping[str, ConfigValue]
    patience: float
    """Seconds that one change may take in the model."""


@dataclass
class _Gateway:
    """An ingress application, and what has been asked of it."""

    units: IngressUnits
    written: dict[tuple[str, str], Published] = field(default_factory=dict)
    """What the application at the other end has published, by endpoint and application."""
    routes: dict[AppName, tuple[str, Route]] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)
    provider: str | None = None


class LiveImplementation:
    """An ingress charm in a live model, one application for each gateway, or the one that is there.

    The model's namespace is where gateways are; the workloads stay in the scenario's own, which the databags name. At
    the other end of every relation is an application of the requirer's charm that is named like the app. Applications
    stay deployed for later scenarios until ``release``.
    """

    def __init__(self, cluster: Cluster, model: LiveModel, surroundings: Surroundings) -> None:
        self._cluster, self._model, self._given = cluster, model, surroundings
        self._gateways: dict[GatewayName, _Gateway] = {}
        self._ingresses: dict[str, IngressUnits] = {}
        self._requirers: dict[str, str] = {}
        """By application, the unit that leads it."""
        self._ours: list[str] = []
        """All applications that were deployed here."""
        self._failures: list[tuple[str, str]] = []

    def place(self, gateway: str) -> GatewayName:
        """In the model; an application that is there already takes the place of the scenario's first gateway.

        Raises:
            Unsupported: it is taken, or the name is none for an application.
        """
        application = self._given.ingress.application or _named(gateway)
        name = GatewayName(self._model.namespace, application)
        if name in self._gateways:
            raise Unsupported(f"a second gateway: driver.ingress.application is one, {application}")
        return name

    def create_gateway(self, gateway: GatewayName) -> None:
        if gateway.name not in self._ingresses:
            if self._given.ingress.deploy:
                self._deploy(gateway.name, self._given.ingress.deploy, self._given.config)
            self._ingresses[gateway.name] = IngressUnits(self._model, gateway.name, self._given.patience)
        units = self._ingresses[gateway.name]
        units.require_pristine(self._given.endpoints.names)
        self._gateways[gateway] = _Gateway(units)

    def remove_gateway(self, gateway: GatewayName) -> None:
        if not self._given.ingress.deploy:
            raise Unsupported(f"removing the gateway: {gateway.name} was deployed by somebody else")
        self._gateways.pop(gateway)
        self._remove_ingress(gateway.name, force=False)

    def abandon(self, gateway: GatewayName) -> None:
        """End its relations; an ingress of ours that cannot is removed, and the next scenario deploys another."""
        known = self._gateways.pop(gateway, None)
        if known is None:
            return
        try:
            for endpoint, app in list(known.written):
                self._end(known, endpoint, app)
        except ImplementationFailed:
            if gateway.name not in self._ours:
                raise
        if gateway.name in self._ours and (known.written or known.units.in_error()):
            self._remove_ingress(gateway.name, force=True)
        self._failures.clear()

    def release(self) -> None:
        """Remove every application that was deployed here; that goes on after this has returned."""
        if self._ours:
            self._model.remove(*self._ours, force=True)

    def listen(self, gateway: GatewayName, listener: Listener) -> None:
        relations.require_plain(listener)
        known = self._gateways[gateway]
        known.ports.append(listener.port)
        self._ask_for_listeners(gateway, known)

    def expose(self, gateway: GatewayName, app: AppName, port: int, *, authenticated: bool = True) -> str:
        known, names = self._gateways[gateway], self._given.endpoints
        route = Route.to(app, port)
        endpoint = names.ingress if authenticated else names.ingress_unauthenticated
        self._relate(known, endpoint, app.name, relations.ingress(route))
        known.routes[app] = endpoint, route
        if known.ports:
            self._ask_for_listeners(gateway, known)
        return relations.path_of(self._answer(known, endpoint, app.name), route)

    def relate(self, gateway: GatewayName, app: AppName, published: str | None) -> None:
        """Publish the text as it is.

        Raises:
            Unsupported: the app has no route, so it is one of another model.
        """
        if all(app not in each.routes for each in self._gateways.values()):
            raise Unsupported(f"{app} is in another model: relations across models are not driven")
        endpoint = self._given.endpoints.request_auth
        self._relate(self._gateways[gateway], endpoint, app.name, relations.rules(published))

    def withdraw(self, gateway: GatewayName, app: AppName) -> None:
        self._end(self._gateways[gateway], self._given.endpoints.request_auth, app.name)

    def enable_forward_auth(self, gateway: GatewayName, provider: str | None) -> None:
        """As the mesh's charm and the authorizer's would; both are applications of the requirer's charm here."""
        known, names = self._gateways[gateway], self._given.endpoints
        known.provider = provider
        self._bring_mesh(known)
        protected = [app.name for app, (endpoint, _) in known.routes.items() if endpoint == names.ingress]
        published = relations.authorizer(gateway, protected, ready=provider is not None)
        self._relate(known, names.forward_auth, relations.LOGIN_APP, published)
        self._bring_mesh(known)

    def disable_forward_auth(self, gateway: GatewayName) -> None:
        known = self._gateways[gateway]
        self._end(known, self._given.endpoints.forward_auth, relations.LOGIN_APP)
        known.provider = None
        self._bring_mesh(known)

    def settle(self) -> None:
        """Every action has waited for its own hooks: only one change at a time can be told from another."""

    def take_complaints(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What has failed since the last call: each as one line, and with what its unit has logged."""
        while self._failures:
            unit, words = self._failures.pop(0)
            yield f"the unit {unit}: {words}", {"unit": unit, "failure": words, "log": self._model.log(unit)}

    def request_authentications(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "RequestAuthentication", gateway.namespace))

    def authorization_policies(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "AuthorizationPolicy", gateway.namespace))

    def status(self, gateway: GatewayName) -> Status:
        """The worst of what Juju says of its units and of the application."""
        app = self._model.app(gateway.name)
        if app is None:
            return Status("error", f"the model {self._model.name} has no application {gateway.name}")
        said = [each.workload_status for each in app.units.values()] + [app.app_status]
        return worst((each.current, each.message) for each in said)

    def _relate(self, gateway: _Gateway, endpoint: str, app: str, published: Published) -> None:
        """Integrate if need be, then write what has changed: the unit's databag first, each with its own hooks."""
        unit = self._requirer(app)
        if (endpoint, app) not in gateway.written:
            with self._hooks(gateway, endpoint, "created", "joined", "changed"):
                self._integrate(app, f"{gateway.units.app}:{endpoint}")
                gateway.written[endpoint, app] = Published()
        before = gateway.written[endpoint, app]
        for whose, old, new in (("unit", before.unit, published.unit), ("app", before.app, published.app)):
            if change := _difference(old, new):
                with self._hooks(gateway, endpoint, "changed"):
                    relation = self._relation(gateway, endpoint, app)
                    self._model.write(unit, relation, change, app=whose == "app")
        gateway.written[endpoint, app] = published

    def _end(self, gateway: _Gateway, endpoint: str, app: str) -> None:
        with self._hooks(gateway, endpoint, "departed", "broken"):
            self._model.end_relation(app, f"{gateway.units.app}:{endpoint}")
        del gateway.written[endpoint, app]  # not before it has gone

    @contextmanager
    def _hooks(self, gateway: _Gateway, endpoint: str, *events: str) -> Iterator[None]:
        hooks = [f"{endpoint}-relation-{event}" for event in events]
        with gateway.units.acting(hooks) as acted:
            yield
        told = [(unit, words) for unit, news in acted.items() if (words := failure(news))]
        self._failures += [each for each in told if each not in self._failures]

    def _integrate(self, app: str, endpoint: str) -> None:
        try:
            self._model.integrate(app, endpoint)
        except JujuFailed as failed:
            if _NO_ENDPOINT.search(failed.cause):
                way_out = f"no endpoint of {self._given.requirer.charm} or of the ingress fits {endpoint}"
                raise Unsupported(
                    f"{way_out} ({failed.cause}); see driver.requirer and driver.endpoints"
                ) from failed
            raise

    def _relation(self, gateway: _Gateway, endpoint: str, app: str) -> int:
        found = self._model.relation(self._requirers[app], gateway.units.app, endpoint)
        if found is None:
            raise EnvironmentFailed(
                f"the model {self._model.name}", f"{app} has no relation with {gateway.units.app}:{endpoint}"
            )
        return found

    def _answer(self, gateway: _Gateway, endpoint: str, app: str) -> Databag:
        """What the ingress has published on the relation."""
        relation = self._relation(gateway, endpoint, app)
        return self._model.read(self._requirers[app], relation, gateway.units.app)

    def _ask_for_listeners(self, gateway: GatewayName, known: _Gateway) -> None:
        routes = [route for _, route in known.routes.values()]
        published = relations.listeners(gateway, known.ports, routes)
        self._relate(known, self._given.endpoints.ingress_route, relations.LISTENERS_APP, published)

    def _bring_mesh(self, known: _Gateway) -> None:
        endpoint, app = self._given.endpoints.ingress_config, relations.MESH_APP
        there = (endpoint, app) in known.written
        asked = self._answer(known, endpoint, app) if there else {}
        self._relate(known, endpoint, app, relations.mesh(asked, known.provider))

    def _requirer(self, app: str) -> str:
        """The leading unit of the application at the other end, deployed when it is first needed."""
        if app not in self._requirers:
            self._deploy(_named(app), self._given.requirer, {})
            self._requirers[app] = deployed(self._model, app, self._given.patience)
        return self._requirers[app]

    def _deploy(self, app: str, what: CharmToDeploy, config: Mapping[str, ConfigValue]) -> None:
        if app in self._ours:  # it was not ready in time for an earlier scenario
            return
        if self._model.app(app):
            way_out = (
                f"has an application {app} already: take a model of its own, or juju remove-application {app}"
            )
            raise EnvironmentFailed(f"the model {self._model.name}", way_out)
        self._model.deploy(app, what, config)
        self._ours.append(app)

    def _remove_ingress(self, app: str, *, force: bool) -> None:
        self._model.remove(app, force=force)
        self._ours.remove(app)
        self._ingresses.pop(app).await_gone()


def _difference(old: Databag, new: Databag) -> Databag:
    """What to set; an empty text stands for a key that is to go, as Juju has it."""
    wanted = {key: new.get(key, "") for key in {**old, **new}}
    return {key: value for key, value in wanted.items() if value != old.get(key, "")}


def _named(name: str) -> str:
    if not _VALID_APPLICATION.fullmatch(name):
        raise Unsupported(f"{name} is no name of a Juju application")
    return name
