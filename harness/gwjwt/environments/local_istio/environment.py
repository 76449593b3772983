"""The environment ``local-istio``: what one test process has of its own, around a cluster that it may share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Self

from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.environments.local_istio.istio_cluster import IstioCluster
from gwjwt.environments.local_istio.mesh import MANAGER, authorizer_entry
from gwjwt.environments.local_istio.pods import Workload
from gwjwt.environments.local_istio.workloads import MeshWorkloads
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed, ImplementationFailed
from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import let_arrivals_in
from gwjwt.local.ports import HOST
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually
from gwjwt.words import AppName, Endpoint, GatewayName


class LocalIstioEnvironment:
    """A context manager; leaving it leaves the cluster too, and leaves nothing behind."""

    def __init__(self, cluster: AbstractContextManager[IstioCluster], deadlines: Deadlines) -> None:
        self._joining, self._deadlines = cluster, deadlines
        self._namespaces: set[str] = set()
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            enter = starting.enter_context
            self._istio = enter(self._joining)
            self.kubeconfig: Path = self._istio.kubeconfig()
            loop = enter(BackgroundLoop())
            self._backends = host = enter(WorkloadHost(loop))
            self.issuers = enter(IssuerHost(loop))
            self.authorizer = enter(Authorizer(loop, self._istio.lease_provider()))
            arrivals = partial(let_arrivals_in, loop)
            self.probe = enter(Probe(host, self.authorizer, self._deadlines, arrivals))
            api = enter(Cluster(self.kubeconfig))
            try:
                api.apply(authorizer_entry(self.authorizer), MANAGER)
            except ApiRefused as refused:
                raise EnvironmentFailed("local-istio", f"the Kubernetes API refuses {refused}") from refused
            self._workloads = enter(MeshWorkloads(api, host))
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def description(self) -> EnvironmentDescription:
        return self._istio.description()

    def create_namespace(self, name: str) -> None:
        self._istio.create_namespace(name)
        self._namespaces.add(name)

    def delete_namespace(self, name: str) -> None:
        self._istio.delete_namespace(name)
        self._namespaces.discard(name)
        self._workloads.forget(name)

    def deploy_workload(self, app: AppName) -> int:
        return self._workloads.deploy(app)

    def deploy_gateway(self, gateway: GatewayName, labels: Mapping[str, str]) -> None:
        self._istio.run(Workload(gateway, dict(labels)))

    def deploy_sidecar(self, app: AppName, labels: Mapping[str, str] | None = None) -> None:
        behind = self._workloads.listening(app)
        own = {"app": app.name} if labels is None else dict(labels)
        self._istio.run(Workload(_sidecar(app), own, behind))

    def sidecar(self, app: AppName) -> Endpoint:
        return self.endpoint(_sidecar(app))

    def chain(self, app: AppName, to: AppName) -> None:
        self._workloads.chain(app, to, self.sidecar(to))

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        def bound() -> Endpoint:
            ports = self._istio.ports(gateway)
            if ports is None or port not in ports:
                raise NotYet(f"istiod has made no Service for Gateway {gateway} with port {port}")
            return Endpoint(HOST, ports[port])

        try:
            return eventually(f"gateway {gateway}, port {port}", bound, self._deadlines.settle)
        except TimedOut as late:
            raise ImplementationFailed(str(late)) from late

    def settle(self) -> None:
        self._istio.settle(frozenset(self._namespaces))

    def check(self, within: float = 0.0) -> None:
        del (
            within
        )  # a death that is told later than this is met by whoever asks istiod or the Kubernetes API next
        self._istio.check()
        for own in (self._backends, self.issuers, self.authorizer):
            own.check()


def _sidecar(app: AppName) -> GatewayName:
    """Its name among the proxies: no Gateway of the Gateway API has an underscore in its name."""
    return GatewayName(app.namespace, f"{app.name}_sidecar")
