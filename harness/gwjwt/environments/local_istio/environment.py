"""The environment ``local-istio``: a real Kubernetes API, a real istiod and an Envoy for each gateway, on loopback.

No container engine and no root. istiod tells nobody when a change is live, so that is found out by a mark that follows
every change: see ``gwjwt.environments.local_istio.settling``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from gwjwt import __version__
from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.environments.embedded.gateway import envoy
from gwjwt.environments.local_istio.admission import AnnotatedGateways
from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.control_plane import KubernetesControlPlane
from gwjwt.environments.local_istio.etcd import Etcd
from gwjwt.environments.local_istio.istiod import Istiod
from gwjwt.environments.local_istio.kubelet import Kubelet
from gwjwt.environments.local_istio.mesh import ROOT_NAMESPACE, authorizer_entry
from gwjwt.environments.local_istio.namespaces import Namespaces
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.environments.local_istio.seed import existing_seed, make_seed
from gwjwt.environments.local_istio.settling import Settling, loopback_only
from gwjwt.environments.local_istio.versions import ETCD, KUBERNETES, RELEASES
from gwjwt.environments.local_istio.workloads import MeshWorkloads
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed, ImplementationFailed
from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop, Jobs
from gwjwt.local.ports import HOST, PortPool
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually
from gwjwt.words import AppName, Endpoint, GatewayName

_MANAGER = "gwjwt-environment"


class LocalIstioEnvironment:
    """A context manager; entering starts everything, leaving ends it and leaves no process, port or folder."""

    def __init__(self, options: LocalIstioOptions, deadlines: Deadlines) -> None:
        self._options, self._deadlines = options, deadlines
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        assets = find_assets(self._options.version, self._options.assets)
        seed = existing_seed(assets) or make_seed(assets, self._deadlines)
        with ExitStack() as starting:
            enter = starting.enter_context
            self._directory = enter(RunDirectory())
            ports = enter(PortPool())
            loop = enter(BackgroundLoop())
            host = enter(WorkloadHost(loop))
            self.issuers = enter(IssuerHost(loop))
            self.authorizer = enter(Authorizer(loop))
            self.probe = enter(Probe(host, self.authorizer, self._deadlines))
            kubernetes = self._kubernetes = enter(
                KubernetesControlPlane(assets, self._directory, ports, self._deadlines, seed)
            )
            self.kubeconfig = kubernetes.kubeconfig
            self._cluster = enter(Cluster(self.kubeconfig))
            self._istiod = Istiod(
                assets, self._directory, ports, self._deadlines, self.kubeconfig, self._options.debounce
            )
            enter(self._istiod)
            self._istiod.start(self.authorizer)
            self._set_up_mesh()
            release = RELEASES[self._options.version]
            enter(AnnotatedGateways(self._cluster, release.controller_version, self._deadlines.start))
            self._kubelet = enter(
                Kubelet(self._cluster, self._directory, self._istiod.port, release.proxy_version)
            )
            self._istiod.await_ready()
            etcd = enter(Etcd(kubernetes.etcd_url))
            self._settling = enter(
                Settling(self._cluster, etcd, self._istiod, self._kubelet, self._deadlines.settle)
            )
            self._namespaces = enter(Namespaces(self._cluster, etcd, self._deadlines.settle))
            self._workloads = MeshWorkloads(self._cluster, host)
            self._leaving = enter(Jobs("gwjwt-leaving"))
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def description(self) -> EnvironmentDescription:
        versions = {
            "gwjwt": __version__,
            "envoy": envoy.envoy_version(envoy.binary()),
            "istio": self._options.version,
            "kubernetes": KUBERNETES.version,
            "etcd": ETCD.version,
            "PILOT_DEBOUNCE_AFTER": self._options.debounce,
        }
        return EnvironmentDescription("local-istio", versions, "polled")

    @property
    def logs(self) -> Path:
        """The folder with a log of each program."""
        return self._directory.path

    @property
    def processes(self) -> tuple[Supervised, ...]:
        """The programs of the control plane."""
        return (*self._kubernetes.processes, self._istiod.process)

    def when_a_part_ends(self, callback: Callable[[], None]) -> None:
        """Call back from another thread when a program of the control plane ends by itself."""
        for process in self.processes:
            process.when_it_ends(callback)

    def create_namespace(self, name: str) -> None:
        self.check()
        self._kubelet.enter(name)
        self._namespaces.create(name)

    def delete_namespace(self, name: str) -> None:
        self.check()
        self._kubelet.leave(name)
        self._namespaces.empty(name)
        self._leaving.add(lambda: self._finish(name))

    def _finish(self, name: str) -> None:
        """What is left of a namespace to delete once it is certain that nobody holds it back."""
        self._namespaces.finish(name)

        def stopped() -> None:
            self._kubelet.check()
            if left := self._kubelet.in_namespace(name):
                raise NotYet(f"{', '.join(str(each.identity.gateway) for each in left)} still served")

        try:
            eventually(f"the gateways of namespace {name} stop", stopped, self._deadlines.settle)
        except TimedOut as late:
            raise EnvironmentFailed("local-istio", str(late)) from late
        self._workloads.forget(name)

    def deploy_workload(self, app: AppName) -> int:
        return self._workloads.deploy(app)

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        def bound() -> Endpoint:
            self.check()
            served = self._kubelet.served(gateway)
            if served is None or port not in served.ports:
                raise NotYet(f"istiod has made no Service for Gateway {gateway} with port {port}")
            return Endpoint(HOST, served.ports[port])

        try:
            return eventually(f"gateway {gateway}, port {port}", bound, self._deadlines.settle)
        except TimedOut as late:
            raise ImplementationFailed(str(late)) from late

    def settle(self) -> None:
        self.check()
        self._settling.settle()

    def check(self) -> None:
        for process in self._kubernetes.processes:
            process.check()
        self._istiod.check()
        self._kubelet.check()
        self._leaving.check()

    def _set_up_mesh(self) -> None:
        """What has to be there before the first gateway is."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT_NAMESPACE}}
        try:
            for each in (namespace, loopback_only(), authorizer_entry(self.authorizer)):
                self._cluster.apply(each, _MANAGER)
        except ApiRefused as refused:
            raise EnvironmentFailed(
                "local-istio", f"the Kubernetes API refuses {refused.message}"
            ) from refused
