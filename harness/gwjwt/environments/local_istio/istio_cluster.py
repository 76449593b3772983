"""A Kubernetes API with Istio and its gateways, all as processes on loopback; several test processes may share one.

No container engine and no root. istiod tells nobody when a change is live, so that is found out by a mark that follows
every change: see ``gwjwt.environments.local_istio.settling``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from gwjwt import __version__
from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.environments.embedded.gateway import envoy
from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.control_plane import KubernetesControlPlane
from gwjwt.environments.local_istio.etcd import Etcd
from gwjwt.environments.local_istio.istiod import Istiod
from gwjwt.environments.local_istio.kubelet import Kubelet
from gwjwt.environments.local_istio.mesh import MANAGER, ROOT_NAMESPACE, provider_names
from gwjwt.environments.local_istio.namespaces import Namespaces
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.environments.local_istio.pods import Workload
from gwjwt.environments.local_istio.seed import existing_seed, make_seed
from gwjwt.environments.local_istio.settling import Settling, loopback_only, plain_text
from gwjwt.environments.local_istio.versions import ETCD, KUBERNETES, RELEASES
from gwjwt.environments.local_istio.warm_envoys import WarmEnvoys
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import Jobs
from gwjwt.local.ports import PortPool
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually
from gwjwt.words import GatewayName

_AHEAD = 1
"""How many Envoys are waiting for gateways beside one for each test process: a scenario may have two gateways."""


class IstioCluster(Protocol):
    """What a test process needs of a cluster that it may share. Every method raises ``EnvironmentFailed``."""

    def kubeconfig(self) -> Path: ...

    def description(self) -> EnvironmentDescription: ...

    def lease_provider(self) -> str:
        """An extension provider of the mesh that nobody else uses; see ``mesh.authorizer_entry``."""

    def create_namespace(self, name: str) -> None: ...

    def delete_namespace(self, name: str) -> None:
        """Delete it with all that is in it; returns when nothing in it is held back."""

    def run(self, workload: Workload) -> None:
        """Run an ingress gateway or a sidecar; it ends with its namespace."""

    def ports(self, gateway: GatewayName) -> Mapping[int, int] | None:
        """Where the listeners of a gateway are bound on loopback, by their ports; None: it has no Envoy yet."""

    def settle(self, namespaces: Collection[str]) -> None:
        """Return when all that the API has accepted in these namespaces is live at their gateways."""

    def check(self) -> None:
        """Return if all its parts are there."""


@dataclass(frozen=True)
class Wiring:
    """How its programs reach what a cluster's network would lead to, for who adds pods of their own."""

    api_server_flags: Mapping[str, str] = field(default_factory=dict)
    istiod_environment: Mapping[str, str] = field(default_factory=dict)


class LocalCluster:
    """An ``IstioCluster`` with processes of its own. A context manager; leaving it leaves nothing behind."""

    def __init__(
        self,
        options: LocalIstioOptions,
        deadlines: Deadlines,
        tenants: int = 1,
        wiring: Wiring | None = None,
    ) -> None:
        """``tenants`` is how many test processes it is for."""
        self._wiring = wiring or Wiring()
        self._options, self._deadlines = options, deadlines
        self._tenants, self._providers = tenants, provider_names(tenants)
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        assets = find_assets(self._options.version, self._options.assets)
        seed = existing_seed(assets) or make_seed(assets, self._deadlines)
        release = RELEASES[self._options.version]
        with ExitStack() as starting:
            enter = starting.enter_context
            self._directory, ports = enter(RunDirectory()), enter(PortPool())
            self._kubernetes = kubernetes = KubernetesControlPlane(
                assets, self._directory, ports, self._deadlines, seed, self._wiring.api_server_flags
            )
            enter(kubernetes)
            self._cluster = enter(Cluster(kubernetes.kubeconfig))
            self._istiod = Istiod(
                assets,
                self._directory,
                ports,
                self._deadlines,
                kubernetes.kubeconfig,
                self._options.debounce,
                self._wiring.istiod_environment,
            )
            enter(self._istiod)
            self._istiod.start(self._providers)
            self._set_up_root()
            warm = enter(WarmEnvoys(self._directory, _AHEAD + self._tenants))
            self._kubelet = enter(
                Kubelet(self._cluster, warm, self._istiod, release.proxy_version, self._deadlines.settle)
            )
            self._istiod.await_ready()
            etcd = enter(Etcd(kubernetes.etcd_url))
            self._settling = enter(
                Settling(self._cluster, etcd, self._istiod, self._kubelet, self._deadlines.settle)
            )
            self._namespaces = enter(Namespaces(self._cluster, etcd, self._deadlines.settle))
            self._leaving = enter(Jobs("gwjwt-leaving"))
            self._parts = starting.pop_all()
        self._free_providers = list(reversed(self._providers))
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def kubeconfig(self) -> Path:
        return self._kubernetes.kubeconfig

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

    def lease_provider(self) -> str:
        if not self._free_providers:
            raise EnvironmentFailed("local-istio", "more test processes than it was made for")
        return self._free_providers.pop()

    def create_namespace(self, name: str) -> None:
        self.check()
        self._kubelet.enter(name)
        self._namespaces.create(name)

    def delete_namespace(self, name: str) -> None:
        self.check()
        self._kubelet.leave(name)
        self._namespaces.empty(name)
        self._leaving.add(lambda: self._finish(name))

    def run(self, workload: Workload) -> None:
        self.check()
        try:
            self._kubelet.run(workload)
        except ApiRefused as refused:
            raise EnvironmentFailed(
                "local-istio", f"the Kubernetes API refuses {refused.message}"
            ) from refused

    def ports(self, gateway: GatewayName) -> dict[int, int] | None:
        self.check()
        served = self._kubelet.served(gateway)
        return None if served is None else dict(served.ports)

    def settle(self, namespaces: Collection[str]) -> None:
        self.check()
        self._settling.settle(namespaces)

    def check(self) -> None:
        for process in self._kubernetes.processes:
            process.check()
        self._istiod.check()
        self._kubelet.check()
        self._leaving.check()

    def _finish(self, namespace: str) -> None:
        """What is left of a namespace to delete once it is certain that nobody holds it back."""
        self._namespaces.finish(namespace)

        def stopped() -> None:
            self._kubelet.check()
            if left := self._kubelet.in_namespace(namespace):
                raise NotYet(f"{', '.join(str(each.identity.gateway) for each in left)} still served")

        try:
            eventually(f"the gateways of namespace {namespace} stop", stopped, self._deadlines.settle)
        except TimedOut as late:
            raise EnvironmentFailed("local-istio", str(late)) from late

    def _set_up_root(self) -> None:
        """What has to be there before the first gateway is."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT_NAMESPACE}}
        try:
            for each in (namespace, loopback_only(), plain_text()):
                self._cluster.apply(each, MANAGER)
        except ApiRefused as refused:
            raise EnvironmentFailed(
                "local-istio", f"the Kubernetes API refuses {refused.message}"
            ) from refused
