#!/usr/bin/env python3
"""An ingress charm that is as small as it can be: one reconciliation, whatever has happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import lightkube
import ops
from charmlibs.interfaces.istio_request_auth import IstioRequestAuthProvider, JWTRule
from cluster import Objects
from manifests import Ingress, Manifest, Route

_ENDPOINTS = (
    "ingress",
    "ingress-unauthenticated",
    "istio-ingress-route",
    "istio-ingress-config",
    "istio-request-auth",
    "forward-auth",
)


class ReferenceIngressCharm(ops.CharmBase):
    """Brings the gateway's objects to what configuration and relations call for."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.request_auth = IstioRequestAuthProvider(self)
        self.ingress = Ingress(self.app.name, self.model.name)
        framework.observe(self.on.config_changed, self._reconcile)
        framework.observe(self.on.leader_elected, self._reconcile)
        framework.observe(self.on.remove, self._on_remove)
        for endpoint in _ENDPOINTS:
            framework.observe(self.on[endpoint].relation_changed, self._reconcile)
            framework.observe(self.on[endpoint].relation_broken, self._reconcile)

    def _reconcile(self, _: ops.EventBase) -> None:
        if not self.unit.is_leader():
            self.unit.status = ops.ActiveStatus("standing by")
            return
        self._ask_mesh()
        objects = self._objects()
        rules = self.request_auth.get_data()
        rejected = objects.bring_policies(self._policies(rules))
        if rejected:  # what the API rejects counts as malformed
            accepted = {app: rules[app] for app in rules if self.ingress.name_for(app) not in rejected}
            objects.bring_policies(self._policies(accepted))
        objects.bring_routes([self.ingress.gateway(self._ports()), *map(self.ingress.route, self._routes())])
        self._answer_routes()
        self.unit.status = self._status(rejected)

    def _on_remove(self, _: ops.RemoveEvent) -> None:
        """With the last unit goes everything, whoever was the leader."""
        if self.app.planned_units() == 0:
            self._objects().bring_routes([])
            self._objects().bring_policies([])

    def _objects(self) -> Objects:
        client = lightkube.Client(namespace=self.model.name, field_manager=self.app.name)
        return Objects(client, self.model.name, self.ingress.labels)

    def _policies(self, rules: dict[str, list[JWTRule]]) -> list[Manifest]:
        """What closes the gateway stands first."""
        provider = self._provider()
        policies = []
        if self.request_auth.get_connected_apps():
            policies.append(self.ingress.deny_without_jwt(bearer_only=provider is not None))
        policies += [self.ingress.request_authentication(app, rules[app]) for app in sorted(rules)]
        if provider:
            open_paths = [route.path for route in self._asked("ingress-unauthenticated")]
            policies.append(
                self.ingress.external_authorization(
                    provider, open_paths=open_paths, exempt_bearer=bool(rules)
                )
            )
        return policies

    def _routes(self) -> Iterator[Route]:
        """Without the authorizer's decisions there is no way in for routes that need a login."""
        yield from self._asked("ingress-unauthenticated")
        if self._login_is_missing():
            return
        yield from self._asked("ingress")
        for config in self._route_configs():
            for asked in config["http_routes"]:
                [backend], [match] = asked["backends"], asked["matches"]
                path, listener = match["path"]["value"], asked["listener"]["port"]
                yield Route(backend["service"], config["model"], backend["port"], path, listener)

    def _asked(self, endpoint: str) -> Iterator[Route]:
        for relation in self.model.relations[endpoint]:
            asked = {key: json.loads(value) for key, value in self._remote(relation).items()}
            if {"name", "model", "port"} <= asked.keys():
                path = f"/{asked['model']}-{asked['name']}"
                yield Route(asked["name"], asked["model"], int(asked["port"]), path)

    def _answer_routes(self) -> None:
        host = f"{self.app.name}-istio.{self.model.name}.svc.cluster.local"  # the Service that Istio makes
        for endpoint in ("ingress", "ingress-unauthenticated"):
            for relation in self.model.relations[endpoint]:
                asked = self._remote(relation)
                if "model" in asked and "name" in asked:
                    path = f"{json.loads(asked['model'])}-{json.loads(asked['name'])}"
                    relation.data[self.app]["ingress"] = json.dumps({"url": f"http://{host}/{path}"})

    def _ports(self) -> list[int]:
        asked = [each["port"] for config in self._route_configs() for each in config["listeners"]]
        return sorted({80, *asked})

    def _route_configs(self) -> list[Any]:
        published = (self._remote(relation) for relation in self.model.relations["istio-ingress-route"])
        return [json.loads(each["config"]) for each in published if "config" in each]

    def _ask_mesh(self) -> None:
        """Have the mesh make an extension provider of the authorizer, or take it away again."""
        address = urlsplit(self._decisions_address() or "")
        port = str(address.port) if address.port else ""
        for relation in self.model.relations["istio-ingress-config"]:
            relation.data[self.app].update(
                {"ext_authz_service_name": address.hostname or "", "ext_authz_port": port}
            )

    def _provider(self) -> str | None:
        """The name under which the mesh knows the authorizer, while forward-auth is active."""
        if not self._decisions_address():
            return None
        answers = (self._remote(relation) for relation in self.model.relations["istio-ingress-config"])
        return next((each["ext_authz_provider_name"] for each in answers if each), None)

    def _decisions_address(self) -> str | None:
        published = (self._remote(relation) for relation in self.model.relations["forward-auth"])
        return next((each.get("decisions_address") for each in published), None)

    def _login_is_missing(self) -> bool:
        return bool(self.model.relations["forward-auth"]) and self._provider() is None

    def _remote(self, relation: ops.Relation) -> dict[str, str]:
        return dict(relation.data[relation.app]) if relation.app else {}

    def _status(self, rejected: dict[str, str]) -> ops.StatusBase:
        if self._login_is_missing():
            return ops.BlockedStatus("forward-auth has no decisions yet; routes are closed")
        return ops.ActiveStatus("; ".join(f"{name}: {words}" for name, words in rejected.items()))


if __name__ == "__main__":
    ops.main(ReferenceIngressCharm)
