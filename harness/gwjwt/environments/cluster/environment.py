"""The environment ``cluster``: what one test process has of its own in a cluster that is there already.

Backends, issuers and the authorizer stay in this process, where every environment has them. In the cluster they are
Services, and what reaches those is carried here, through one pod; see ``far_end``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

from gwjwt.cluster import Cluster
from gwjwt.environments.cluster.access import told_of_refusals
from gwjwt.environments.cluster.addresses import GatewayAddresses
from gwjwt.environments.cluster.known import TargetCluster
from gwjwt.environments.cluster.namespaces import Namespaces
from gwjwt.environments.cluster.objects import SERVICE_PORT, RunObjects
from gwjwt.environments.cluster.pod import FarEndPod
from gwjwt.environments.cluster.settling import Settling
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentDied, ImplementationFailed, Unsupported
from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import Deadlines, TimedOut, eventually
from gwjwt.words import AppName, Endpoint, GatewayName

_ISSUERS = "gwjwt-issuers"
_LEAVE = 120.0
"""Seconds until what was deleted has to be gone: gateways' pods have half a minute for their connections."""


class ClusterEnvironment:
    """A context manager; leaving it deletes all that it has made, and returns when that has gone."""

    def __init__(self, cluster: AbstractContextManager[TargetCluster], deadlines: Deadlines) -> None:
        self._joining, self._deadlines = cluster, deadlines
        self._scenes: set[str] = set()
        self._published: dict[str, list[tuple[AppName, int]]] = {}
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            enter = starting.enter_context
            self._target = enter(self._joining)
            options = self._target.options()
            self.kubeconfig: Path = self._target.kubeconfig()
            self._cluster = cluster = enter(Cluster(self.kubeconfig))
            own = f"{options.namespace_prefix}-{secrets.token_hex(4)}"
            self._objects = objects = RunObjects(self._target.run(), own)
            self._namespaces = enter(Namespaces(cluster, objects, self._deadlines.settle, _LEAVE))
            self._namespaces.create(own)
            loop = enter(BackgroundLoop())
            self._backends = enter(WorkloadHost(loop))
            self.issuers = enter(IssuerHost(loop))
            self.authorizer = enter(Authorizer(loop, self._target.lease_provider()))
            self._pod = FarEndPod(cluster, objects, options.image, self._deadlines)
            self._tunnel, self._address = enter(self._pod.running(loop))
            self._publish_own(options.cluster_domain, authorizer=bool(options.extension_providers))
            arrivals = self._tunnel.let_arrivals_in
            self.probe = enter(Probe(self._backends, self.authorizer, self._deadlines, arrivals))
            self._addresses = GatewayAddresses(cluster, self._tunnel, options)
            self._settling = enter(
                Settling(
                    cluster,
                    objects,
                    self._addresses,
                    options.gateway_class,
                    options.settle_time,
                    self._deadlines.settle,
                )
            )
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def description(self) -> EnvironmentDescription:
        return self._target.description()

    def create_namespace(self, name: str) -> None:
        self._require_tunnel()
        self._namespaces.create(name)
        self._settling.prepare(name)
        self._scenes.add(name)

    def delete_namespace(self, name: str) -> None:
        self._scenes.discard(name)
        self._addresses.forget(name)
        for app, published in self._published.pop(name, ()):
            self._tunnel.withdraw(published)
            self._backends.remove(app)
        self._namespaces.delete(name)

    def deploy_workload(self, app: AppName) -> int:
        self._require_tunnel()
        published = self._tunnel.publish(self._backends.deploy(app))
        self._published.setdefault(app.namespace, []).append((app, published))
        self._publish(app.name, app.namespace, published)
        return SERVICE_PORT

    def deploy_gateway(self, gateway: GatewayName, labels: Mapping[str, str]) -> None:
        del labels
        raise Unsupported(f"gateway {gateway}: environment cluster runs gateways of the Gateway API alone")

    def deploy_sidecar(self, app: AppName, labels: Mapping[str, str] | None = None) -> None:
        del labels
        raise Unsupported(f"app {app}: environment cluster takes no app into the mesh")

    def sidecar(self, app: AppName) -> Endpoint:
        raise Unsupported(f"app {app}: environment cluster takes no app into the mesh")

    def chain(self, app: AppName, to: AppName) -> None:
        raise Unsupported(f"app {app} to {to}: environment cluster takes no app into the mesh")

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        def found() -> Endpoint:
            return self._addresses.find(gateway, port)

        try:
            return eventually(f"address of gateway {gateway}, port {port}", found, self._deadlines.settle)
        except TimedOut as late:
            shown = f"kubectl get gateway,service --namespace {gateway.namespace}"
            raise ImplementationFailed(f"{late} ({shown})") from late

    def settle(self) -> None:
        self._require_tunnel()
        self._settling.settle(frozenset(self._scenes))

    def check(self, within: float = 0.0) -> None:
        del within  # whoever asks the gateways meets the death of one
        self._require_tunnel()
        for own in (self._backends, self.issuers, self.authorizer):
            own.check()
        self._settling.check(frozenset(self._scenes))

    def _require_tunnel(self) -> None:
        try:
            self._tunnel.check()
        except EnvironmentDied as died:
            raise EnvironmentDied(died.what, died.cause, self._pod.last_lines()) from died

    def _publish(self, name: str, namespace: str, published: int) -> None:
        with told_of_refusals():
            self._cluster.create(self._objects.service(name, namespace))
            self._cluster.create(self._objects.endpoint(name, namespace, self._address, published))

    def _publish_own(self, domain: str, *, authorizer: bool) -> None:
        """The issuers, and the authorizer where the mesh knows of one, as services of the cluster."""
        own = self._objects.namespace
        self._publish(_ISSUERS, own, self._tunnel.publish(self.issuers.endpoint.port))
        self.issuers.known_at(f"http://{_ISSUERS}.{own}.svc.{domain}")
        if authorizer:
            published = self._tunnel.publish(self.authorizer.endpoint.port)
            entry = self._objects.authorizer_entry(self.authorizer.provider, self._address, published)
            with told_of_refusals():
                self._cluster.create(entry)
