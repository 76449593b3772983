"""What a cluster does for a gateway beside istiod: schedule its pod, run it, publish its address, clean up after it.

istiod makes a Deployment and a Service for each Gateway. Here every such Service gets a pod that exists in the API
only, and one Envoy on loopback: each of its ports is mapped to a free high port, which Envoy binds.
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
from typing import Literal, NamedTuple, Self

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.informer import Informer
from gwjwt.environments.local_istio.gateway_envoy import GatewayEnvoy, Identity
from gwjwt.environments.local_istio.istiod import Istiod
from gwjwt.environments.local_istio.mesh import CLASS_LABEL, GATEWAY_CLASS, NAME_LABEL
from gwjwt.environments.local_istio.pods import (
    Workload,
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
_AT_ONCE = 3
_VANISHED = frozenset({403, 404, 409})
"""The object or its namespace is going away, or somebody else has changed it: its next event brings us back."""


@dataclass
class ServedGateway:
    """A gateway that has its Envoy."""

    service: str
    """The name of its Service."""
    uid: str
    """Of its Service."""
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
        self._changed: queue.SimpleQueue[tuple[str, str] | _Running | None] = queue.SimpleQueue()
        self._served: dict[tuple[str, str], ServedGateway] = {}
        self._leaving: set[str] = set()
        self._addresses = _addresses()
        self._failure: EnvironmentFailed | None = None
        self._progress = threading.Condition()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._ports = starting.enter_context(PortPool())
            starting.callback(self._stop_all)
            self._writers = starting.enter_context(ThreadPoolExecutor(_AT_ONCE, "gwjwt-kubelet-writes"))
            self._services = starting.enter_context(
                Informer(self._cluster, "v1", "Service", {CLASS_LABEL: GATEWAY_CLASS}, self._note_service)
            )
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
        with self._progress:
            return next((each for each in self._served.values() if each.identity.gateway == gateway), None)

    def in_namespace(self, namespace: str) -> list[ServedGateway]:
        with self._progress:
            return [each for (where, _), each in self._served.items() if where == namespace]

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
            self._changed.put((namespace, served.service))

    def enter(self, namespace: str) -> None:
        """Serve the gateways of a namespace, new or again."""
        self._leaving.discard(namespace)

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` when gateways are no longer taken care of, or an Envoy has died."""
        if self._failure:
            raise self._failure
        self._services.check()
        self._gateways.check()

    def _note_service(self, service: Object) -> None:
        self._changed.put((service["metadata"]["namespace"], service["metadata"]["name"]))

    def _note_gateway(self, gateway: Object) -> None:
        """A Gateway that has gone takes its Service and its Deployment along, as the garbage collector would."""
        metadata = gateway["metadata"]
        namespace, uid = metadata["namespace"], metadata["uid"]
        present = self._gateways.get(namespace, metadata["name"])
        if present is not None and present["metadata"]["uid"] == uid:
            return
        for service in self._services.in_namespace(namespace):
            if uid in (owner["uid"] for owner in service["metadata"].get("ownerReferences", ())):
                self._changed.put((namespace, service["metadata"]["name"]))

    def _work(self) -> None:
        while (key := self._changed.get()) is not None:
            if isinstance(key, _Running):
                self._fulfil(key)
                continue
            try:
                self._reconcile(*key)
            except ApiRefused as refused:
                if refused.status not in _VANISHED:
                    self._failure = EnvironmentFailed("gateways", str(refused))
                    return
            except EnvironmentFailed as failed:
                self._failure = failed
                return

    def _reconcile(self, namespace: str, name: str) -> None:
        service = self._services.get(namespace, name)
        served = self._served.get((namespace, name))
        if namespace in self._leaving:
            if served:
                self._stop(namespace, name, served)
            return
        orphaned = service is not None and self._is_orphaned(service)
        if served and (service is None or orphaned or service["metadata"]["uid"] != served.uid):
            self._stop(namespace, name, served)
            self._cluster.delete(Reference("v1", "Pod", namespace, served.identity.pod))
            self._cluster.delete(Reference("discovery.k8s.io/v1", "EndpointSlice", namespace, name))
            served = None
        if service is not None and orphaned:
            self._cluster.delete(Reference("v1", "Service", namespace, name))
            self._cluster.delete(Reference("apps/v1", "Deployment", namespace, name))
        elif service is not None and "deletionTimestamp" not in service["metadata"]:
            if served is None:
                self._serve(service)
            elif self._map_ports(service, served.ports):
                self._publish(service, served.identity, served.ports)

    def _is_orphaned(self, service: Object) -> bool:
        """Whether no Gateway is left that it was made for."""
        metadata = service["metadata"]
        owners = {owner["uid"] for owner in metadata.get("ownerReferences", ())}
        gateways = self._gateways.in_namespace(metadata["namespace"])
        known = {each["metadata"]["uid"] for each in gateways}
        return bool(owners) and not owners & known and self._has_gone(metadata)

    def _has_gone(self, metadata: Object) -> bool:
        """Ask the API: the cache of Gateways may be behind that of Services."""
        name = metadata["labels"][NAME_LABEL]
        found = self._cluster.get(Reference(_GATEWAY_API, "Gateway", metadata["namespace"], name))
        owners = {owner["uid"] for owner in metadata["ownerReferences"]}
        return found is None or found["metadata"]["uid"] not in owners

    def _serve(self, service: Object) -> None:
        """Start Envoy when istiod knows its pod: it looks up what a proxy serves at the moment that it connects."""
        metadata = service["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        gateway = GatewayName(namespace, metadata["labels"][NAME_LABEL])
        identity = Identity.of_gateway(gateway, f"{name}-0", next(self._addresses))
        ports: dict[int, int] = {}
        self._map_ports(service, ports)
        ready = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
        try:
            # At the same time, since istiod looks at its Gateway anew after each of these writes.
            self._at_once(
                partial(self._run_pod, identity),
                partial(self._publish, service, identity, ports),
                partial(
                    self._cluster.patch_status, Reference("apps/v1", "Deployment", namespace, name), ready
                ),
            )
        except ApiRefused:
            self._give_back(ports.values())
            raise
        self._await_known(identity)
        admin = self._ports.take()
        envoy = GatewayEnvoy(self._warm, identity, self._istiod.port, admin, self._istio_version)
        with self._progress:
            self._served[namespace, name] = ServedGateway(name, metadata["uid"], identity, envoy, ports)

    def _fulfil(self, wish: _Running) -> None:
        try:
            self._start(wish.workload)
        except (ApiRefused, EnvironmentFailed) as error:
            wish.done.set_exception(error)
        else:
            wish.done.set_result(None)

    def _start(self, workload: Workload) -> None:
        """As ``_serve``. Of a sidecar nothing is looked up but its labels, which it brings along."""
        namespace, name = workload.name.namespace, workload.name.name
        role: Literal["router", "sidecar"] = "router" if workload.behind is None else "sidecar"
        pod_name = f"{workload.labels.get('app', name)}-0"
        identity = Identity(workload.name, pod_name, next(self._addresses), workload.labels, role)
        ports = {80: self._ports.take()}
        try:
            uid = self._write(workload, identity, ports[80])
        except ApiRefused:
            self._give_back(ports.values())
            raise
        if workload.behind is None:
            self._await_known(identity)
        admin = self._ports.take()
        envoy = GatewayEnvoy(self._warm, identity, self._istiod.port, admin, self._istio_version)
        with self._progress:
            self._served[namespace, name] = ServedGateway(name, uid, identity, envoy, ports)

    def _write(self, workload: Workload, identity: Identity, bound: int) -> str:
        """The pod and what tells istiod of its port; gives the uid of the Service, which a sidecar has none of."""
        if workload.behind is not None:
            scope = partial(self._cluster.create, sidecar_scope(workload, bound))
            self._at_once(partial(self._run_pod, identity), scope)
            return ""
        service = self._cluster.create(gateway_service(workload, bound))
        endpoints = endpoint_slice(service, identity, service["spec"]["ports"])
        self._at_once(partial(self._run_pod, identity), partial(self._cluster.create, endpoints))
        return str(service["metadata"]["uid"])

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
        self._cluster.create(pod(identity))
        reference = Reference("v1", "Pod", identity.gateway.namespace, identity.pod)
        self._cluster.patch_status(reference, pod_status(identity))

    def _at_once(self, *writes: Callable[[], object]) -> None:
        """Do all of these; raises what the first of them has raised."""
        for done in [self._writers.submit(each) for each in writes]:
            done.result()

    def _map_ports(self, service: Object, ports: dict[int, int]) -> bool:
        """Give every port a high one; tells whether the Service does not say so yet."""
        for port in service["spec"]["ports"]:
            if port["port"] not in ports:
                ports[port["port"]] = self._ports.take()
        return any(each.get("targetPort") != ports[each["port"]] for each in service["spec"]["ports"])

    def _publish(self, service: Object, identity: Identity, ports: Mapping[int, int]) -> None:
        reference = Reference.of(service)
        mapped = [{**each, "targetPort": ports[each["port"]]} for each in service["spec"]["ports"]]
        self._cluster.merge(reference, {"spec": {"ports": mapped}})
        self._cluster.patch_status(reference, {"loadBalancer": {"ingress": [{"ip": HOST}]}})
        self._cluster.apply(endpoint_slice(service, identity, mapped), "gwjwt-kubelet")

    def _stop(self, namespace: str, name: str, served: ServedGateway) -> None:
        served.envoy.stop()
        with self._progress:
            del self._served[namespace, name]
            self._progress.notify_all()
        self._give_back((*served.ports.values(), served.envoy.admin_port))

    def _give_back(self, ports: Iterable[int]) -> None:
        for port in ports:
            self._ports.give_back(port)

    def _stop_all(self) -> None:
        for served in self._served.values():
            served.envoy.stop()


def _addresses() -> Iterator[str]:
    """Addresses for pods, from the blocks that RFC 5737 and RFC 2544 keep for documentation and tests."""
    yield from (f"192.0.2.{last}" for last in range(1, 255))
    for third, last in itertools.product(range(256), range(1, 255)):
        yield f"198.18.{third}.{last}"
