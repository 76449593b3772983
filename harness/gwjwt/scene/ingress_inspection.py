"""What an operator reads of the four kinds of objects that make an authenticating Istio ingress gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gwjwt import timings
from gwjwt.cluster import Cluster
from gwjwt.drivers.protocol import Manifest
from gwjwt.scene import policies
from gwjwt.scene.ingress_stage import IngressStage
from gwjwt.scene.issuers import Issuers

_NETWORKING, _SECURITY = "networking.istio.io/v1", "security.istio.io/v1"


class IngressInspection:
    """Judges resources; every method raises ``ClauseViolated`` with what is there instead."""

    def __init__(self, kubeconfig: Path, stage: IngressStage, issuers: Issuers) -> None:
        self._kubeconfig, self._stage, self._issuers = kubeconfig, stage, issuers

    def trusts(self, gateway: str, issuer: str) -> None:
        """The one RequestAuthentication at the gateway names the issuer, where its keys are, and who validates."""
        found = self._only("RequestAuthentication", gateway)
        rule, trusted = policies.only_rule_of(found), self._issuers.named(issuer)
        policies.require_equal("issuer", trusted.iss, rule.get("issuer"))
        policies.require_equal("jwksUri", trusted.jwks_uri, rule.get("jwksUri"))
        self._require_selector(found, gateway)

    def policies_select(self, gateway: str) -> None:
        """Both policies are in the gateway's namespace and select its workload, and there is none in another one."""
        for kind in ("RequestAuthentication", "AuthorizationPolicy"):
            self._require_selector(self._only(kind, gateway), gateway)
            for app in self._stage.exposures:
                elsewhere = self._list(_SECURITY, kind, self._stage.app(app).namespace)
                policies.none_of(elsewhere, f'{kind} in the namespace of "{app}"')

    def exposed(self, app: str, gateway: str) -> None:
        """A Gateway that selects the workload opens port 80 for any host, and a VirtualService leads to the app."""
        namespace = self._stage.app(app).namespace
        among = self._list(_NETWORKING, "Gateway", namespace)
        found = policies.only(among, "Gateway", among)
        labels = dict(self._stage.workloads[gateway].labels)
        policies.require_equal("spec.selector", labels, found["spec"].get("selector"))
        port = {"number": 80, "name": "http", "protocol": "HTTP"}
        policies.require_equal("spec.servers", [{"port": port, "hosts": ["*"]}], found["spec"].get("servers"))
        among = self._list(_NETWORKING, "VirtualService", namespace)
        found = policies.only(among, "VirtualService", among)
        policies.require_equal("spec.hosts", ["*"], found["spec"].get("hosts"))
        wanted = [{"destination": {"host": app, "port": {"number": 80}}}]
        policies.require_equal("spec.http[0].route", wanted, found["spec"]["http"][0].get("route"))

    def _only(self, kind: str, gateway: str) -> Manifest:
        among = self._list(_SECURITY, kind, self._stage.workloads[gateway].namespace)
        return policies.only(among, f'{kind} in the namespace of "{gateway}"', among)

    def _require_selector(self, found: Manifest, gateway: str) -> None:
        wanted: Mapping[str, str] = dict(self._stage.workloads[gateway].labels)
        selector = found["spec"].get("selector", {}).get("matchLabels")
        policies.require_equal(f"spec.selector of {policies.name_of(found)}", wanted, selector)

    def _list(self, api_version: str, kind: str, namespace: str) -> list[Manifest]:
        with timings.phase("kubernetes"), Cluster(self._kubeconfig) as cluster:
            return list(cluster.list(api_version, kind, namespace))
