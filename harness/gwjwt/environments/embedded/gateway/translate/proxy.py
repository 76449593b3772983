"""What the translations of all kinds of proxies share: the filters of the policies, and the Services' clusters."""

from __future__ import annotations

from typing import Any

from envoy.config.rbac.v3 import rbac_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.gateway.ads import resource
from gwjwt.environments.embedded.gateway.snapshot import ProxySnapshot
from gwjwt.environments.embedded.gateway.translate import authorization, clusters, ext_authz, jwt
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import (
    FieldNotSupported,
    Manifest,
    not_supported,
    well_formed,
)
from gwjwt.words import AppName


class ProxyCompilation:
    """Collects listeners, clusters and problems of one proxy."""

    def __init__(self, proxy: ProxySnapshot, compiled: CompiledGateway) -> None:
        self._proxy, self._compiled = proxy, compiled
        for each in proxy.unsupported:
            self._refuse(each, FieldNotSupported("any field"))

    def _refuse(self, manifest: Manifest, error: FieldNotSupported) -> str:
        sentence = not_supported(manifest, error.field)
        if sentence not in self._compiled.problems:
            self._compiled.problems.append(sentence)
        return sentence

    def _service_cluster(self, app: AppName, port: int) -> str | None:
        """The cluster of a Service's port; None if there is no such Service or port."""
        service = self._proxy.services.get(app)
        entry = clusters.service_port(service, port) if service else None
        if entry is None:
            return None
        name = clusters.service_cluster_name(app, entry["port"])
        slices = self._proxy.endpoint_slices.get(app, ())
        self._need_cluster(name, clusters.endpoints(slices, entry.get("name") or ""))
        return name

    def _need_cluster(self, name: str, addresses: list[Any]) -> None:
        if name not in self._compiled.clusters:
            self._compiled.clusters[name] = resource(clusters.cluster(name, addresses))

    def _filters(self, port: int) -> list[hcm.HttpFilter]:
        """The filters in Istio's order; one that refuses everything if a policy cannot be expressed."""
        custom: list[tuple[str, dict[str, rbac_pb2.Policy]]] = []
        enforced: list[tuple[str, dict[str, rbac_pb2.Policy]]] = []
        refused = False
        for policy in self._proxy.authorization_policies:
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
        for request_authentication in self._proxy.request_authentications:
            try:
                with well_formed():
                    own_rules = jwt.rules_of(request_authentication)
                    jwt.jwt_filter(own_rules, self._proxy.key_sets)
                token_rules += own_rules
            except FieldNotSupported as error:
                self._refuse(request_authentication, error)
                refused = True
        if refused:
            return [authorization.deny_everything()]
        providers = self._proxy.mesh.providers
        for name, _ in custom:
            if name in providers:
                self._need_cluster(ext_authz.cluster_name(providers[name]), [providers[name].endpoint])
        jwt_authn = jwt.jwt_filter(token_rules, self._proxy.key_sets)
        return [
            *authorization.custom_filters(custom, providers),
            *([jwt_authn] if jwt_authn else []),
            *authorization.allow_and_deny_filters(enforced),
        ]


def _provider_name(policy: Manifest) -> str:
    return str(((policy.get("spec") or {}).get("provider") or {}).get("name") or "")
