"""What a cluster does for a gateway beside istiod: deploy it, run its pod, publish its address, clean up after it.

Each Gateway gets a Deployment, a Service, a pod that exists in the API only, and one Envoy on loopback: each of its
ports is mapped to a free high port, which Envoy binds.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.informer import Informer
from gwjwt.environments.gateway_infrastructure import (
    GATEWAY_CLASS,
    READY,
    deployment,
    infrastructure_name,
    reachable_at,
    service,
    service_ports,
)
from gwjwt.environments.local_istio.gateway_envoy import GatewayEnvoy, Identity
from gwjwt.environments.local_istio.istiod import Istiod
from gwjwt.environments.local_istio.pods import (
    Workload,
    endpoint_ports,
    endpoint_slice,
    gateway_service,
    pod,
    pod_status,
    sidecar_scope,
)
from gwjwt.environments.local_istio.warm_envoys import WarmEnvoys
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST, PortPool
from gwjwt.waiting import NotYet, TimedOut, eventually
from gwjwt.words import GatewayName

_GATEWAY_API = "gateway.networking.k8s.io/v1"
_AT_ONCE = 4
_IMAGE = "envoy"
_VANISHED = frozenset({403, 404, 409})
"""The object or its namespace is going away, or somebody else has changed it: its next event brings us back."""


@dataclass
class ServedGateway:
    """A gateway that has its Envoy."""

    uid: str
    """Of its Gateway; empty for a workload that no Gateway of the Gateway API stands for."""
    identity: Identity
    envoy: GatewayEnvoy
    ports: dict[int, int]
    """By the port of a listener: where Envoy binds it."""


class _Running(NamedTuple):
    """A wish for a workload, and when it is fulfilled."""

    workload: Workload
    done: Future[None]


class Kubelet:
    """A context manager; inside of it gateways are served in a thread of its own."""

    def __init__(
        self, cluster: Cluster, warm: WarmEnvoys, istiod: Istiod, istio_version: str, deadline: float
    ) -> None:
        """``deadline`` is how long istiod may take to learn of a pod, in seconds."""
        self._cluster, self._warm, self._deadline = cluster, warm, deadline
        self._istiod, self._istio_version = istiod, istio_version
        self._changed: queue.SimpleQueue[GatewayName | _Running | None] = queue.SimpleQueue()
        self._served: dict[GatewayName, ServedGateway] = {}
        self._leaving: set[str] = set()
        self._addresses = _addresses()
        self._failure: EnvironmentFailed | None = None
        self._serving = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._ports = starting.enter_context(PortPool())
            starting.callback(self._stop_all)
            self._writers = starting.enter_context(ThreadPoolExecutor(_AT_ONCE, "gwjwt-kubelet-writes"))
            self._gateways = starting.enter_context(
                Informer(self._cluster, _GATEWAY_API, "Gateway", on_change=self._note_gateway)
            )
            worker = threading.Thread(target=self._work, name="gwjwt-kubelet", daemon=True)
            worker.start()
            starting.callback(worker.join)
            starting.callback(self._changed.put, None)
            self._stack = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def served(self, gateway: GatewayName) -> ServedGateway | None:
        """The gateway's Envoy, once it has been started."""
        with self._serving:
            return self._served.get(gateway)

    def in_namespace(self, namespace: str) -> list[ServedGateway]:
        with self._serving:
            return [each for name, each in self._served.items() if name.namespace == namespace]

    def run(self, workload: Workload) -> None:
        """Run a workload's proxy; it ends when its namespace is left.

        Raises:
            ApiRefused: the API refuses one of its objects.
            EnvironmentFailed: gateways are no longer taken care of, or it takes too long.
        """
        wish = _Running(workload, Future())
        self._changed.put(wish)
        try:
            wish.done.result(2 * self._deadline)
        except FutureTimeout as late:
            self.check()
            cause = f"{workload.name} has no Envoy within {2 * self._deadline:g} s"
            raise EnvironmentFailed("gateways", cause) from late

    def leave(self, namespace: str) -> None:
        """Stop the gateways of a namespace that is being deleted, and leave its objects to who deletes it."""
        self._leaving.add(namespace)
        for served in self.in_namespace(namespace):
            self._changed.put(served.identity.gateway)

    def enter(self, namespace: str) -> None:
        """Serve the gateways of a namespace, new or again."""
        self._leaving.discard(namespace)

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` when gateways are no longer taken care of, or an Envoy has died."""
        if self._failure:
            raise self._failure
        self._gateways.check()

    def _note_gateway(self, gateway: Object) -> None:
        metadata = gateway["metadata"]
        self._changed.put(GatewayName(metadata["namespace"], metadata["name"]))

    def _work(self) -> None:
        while (key := self._changed.get()) is not None:
            if isinstance(key, _Running):
                self._fulfil(key)
                continue
            try:
                self._reconcile(key)
            except ApiRefused as refused:
                if refused.status not in _VANISHED:
                    self._failure = EnvironmentFailed("gateways", str(refused))
                    return
            except EnvironmentFailed as failed:
                self._failure = failed
                return

    def _reconcile(self, name: GatewayName) -> None:
        gateway = self._gateways.get(name.namespace, name.name)
        served = self._served.get(name)
        if name.namespace in self._leaving:
            if served:
                self._stop(served)
            return
        if served and (gateway is None or gateway["metadata"]["uid"] != served.uid):
            self._stop(served)
            self._collect(served)
            served = None
        if gateway is None or gateway["spec"]["gatewayClassName"] != GATEWAY_CLASS:
            return
        if served is None:
            self._serve(name, gateway)
        elif self._map_ports(gateway, served.ports):
            ports = service_ports(gateway, served.ports)
            made = infrastructure_name(name.name)
            for reference, changed in (
                (Reference("v1", "Service", name.namespace, made), {"spec": {"ports": ports}}),
                (_slice(name.namespace, made), {"ports": endpoint_ports(ports)}),
            ):
                self._cluster.merge(reference, changed)

    def _collect(self, served: ServedGateway) -> None:
        """Delete what a Gateway that has gone leaves behind, as the garbage collector would."""
        namespace, made = served.identity.gateway.namespace, infrastructure_name(served.identity.gateway.name)
        for each in (
            Reference("v1", "Pod", namespace, served.identity.pod),
            _slice(namespace, made),
            Reference("v1", "Service", namespace, made),
            Reference("apps/v1", "Deployment", namespace, made),
        ):
            self._cluster.delete(each)

    def _serve(self, name: GatewayName, gateway: Object) -> None:
        """Start Envoy when istiod knows its pod: it looks up what a proxy serves at the moment that it connects."""
        identity = Identity.of_gateway(name, next(self._addresses))
        ports: dict[int, int] = {}
        self._map_ports(gateway, ports)
        entry = service(gateway, ports)
        try:
            # At the same time, since istiod looks at its Gateway anew after each of these writes.
            self._at_once(
                partial(self._run_pod, identity),
                partial(self._create, entry, reachable_at(HOST)),
                partial(self._cluster.create, endpoint_slice(entry, identity, entry["spec"]["ports"])),
                partial(self._create, deployment(gateway, _IMAGE), READY),
            )
        except ApiRefused:
            self._give_back(ports.values())
            raise
        self._await_known(identity)
        self._start_envoy(gateway["metadata"]["uid"], identity, ports)

    def _start_envoy(self, uid: str, identity: Identity, ports: dict[int, int]) -> None:
        admin = self._ports.take()
        envoy = GatewayEnvoy(self._warm, identity, self._istiod.port, admin, self._istio_version)
        with self._serving:
            self._served[identity.gateway] = ServedGateway(uid, identity, envoy, ports)

    def _fulfil(self, wish: _Running) -> None:
        try:
            self._start(wish.workload)
        except (ApiRefused, EnvironmentFailed) as error:
            wish.done.set_exception(error)
        else:
            wish.done.set_result(None)

    def _start(self, workload: Workload) -> None:
        """As ``_serve``. Of a sidecar nothing is looked up but its labels, which it brings along."""
        role: Literal["router", "sidecar"] = "router" if workload.behind is None else "sidecar"
        pod_name = f"{workload.labels.get('app', workload.name.name)}-0"
        identity = Identity(workload.name, pod_name, next(self._addresses), workload.labels, role)
        ports = {80: self._ports.take()}
        try:
            self._write(workload, identity, ports[80])
        except ApiRefused:
            self._give_back(ports.values())
            raise
        if workload.behind is None:
            self._await_known(identity)
        self._start_envoy("", identity, ports)

    def _write(self, workload: Workload, identity: Identity, bound: int) -> None:
        """The pod, and what tells istiod of its port."""
        if workload.behind is not None:
            beside = [sidecar_scope(workload, bound)]
        else:
            entry = gateway_service(workload, bound)
            beside = [entry, endpoint_slice(entry, identity, entry["spec"]["ports"])]
        self._at_once(
            partial(self._run_pod, identity), *(partial(self._cluster.create, each) for each in beside)
        )

    def _await_known(self, identity: Identity) -> None:
        def known() -> None:
            if identity.gateway.namespace not in self._leaving and not self._istiod.knows_endpoint(
                identity.address
            ):
                raise NotYet("it does not list the endpoint")

        try:
            eventually(f"istiod knows the pod of {identity.gateway}", known, self._deadline)
        except TimedOut as late:
            raise EnvironmentFailed("istiod", str(late)) from late

    def _run_pod(self, identity: Identity) -> None:
        self._create(pod(identity), pod_status(identity))

    def _create(self, manifest: Object, status: Mapping[str, Any]) -> None:
        self._cluster.create(manifest)
        self._cluster.patch_status(Reference.of(manifest), status)

    def _at_once(self, *writes: Callable[[], object]) -> None:
        """Do all of these; raises what the first of them has raised."""
        for done in [self._writers.submit(each) for each in writes]:
            done.result()

    def _map_ports(self, gateway: Object, ports: dict[int, int]) -> bool:
        """Give the port of every listener a high one; tells whether there are more than before."""
        missing = {each["port"] for each in gateway["spec"]["listeners"]} - ports.keys()
        ports.update({port: self._ports.take() for port in missing})
        return bool(missing)

    def _stop(self, served: ServedGateway) -> None:
        served.envoy.stop()
        with self._serving:
            del self._served[served.identity.gateway]
        self._give_back((*served.ports.values(), served.envoy.admin_port))

    def _give_back(self, ports: Iterable[int]) -> None:
        for port in ports:
            self._ports.give_back(port)

    def _stop_all(self) -> None:
        for served in self._served.values():
            served.envoy.stop()


def _slice(namespace: str, name: str) -> Reference:
    return Reference("discovery.k8s.io/v1", "EndpointSlice", namespace, name)


def _addresses() -> Iterator[str]:
    """Addresses for pods, from the blocks that RFC 5737 and RFC 2544 keep for documentation and tests."""
    yield from (f"192.0.2.{last}" for last in range(1, 255))
    for third, last in itertools.product(range(256), range(1, 255)):
        yield f"198.18.{third}.{last}"
