"""When a change is live at gateways that istiod configures. istiod says so nowhere; it is found out in three steps.

1. istiod has seen everything: its own list of policies and services (``/debug/configz``) holds the objects of the API,
   each in the API's own version, and nothing that was deleted; Gateways and HTTPRoutes carry its status for their
   present generation.
2. Then a mark is written: an EnvoyFilter for all gateways that puts a counter into the ``server_name`` of their
   connection managers, and changes nothing else. istiod makes a configuration that holds the mark from what it has seen
   by then.
3. Every gateway's Envoy runs listeners with that mark or a later one, and what came along with it. That cannot be told
   for certain when istiod sends a push of listeners alone right after; so another mark is written after a while.

The answer that a scenario expects takes no part in this, so it is also known when nothing was to change.
Sources: Istio's pilot debug endpoints, EnvoyFilter reference, Envoy's administration interface.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import httpx

from gwjwt.cluster import Cluster, Object, Reference
from gwjwt.environments.local_istio.etcd import Etcd, Resource
from gwjwt.environments.local_istio.gateway_envoy import Mark
from gwjwt.environments.local_istio.istiod import Istiod
from gwjwt.environments.local_istio.kubelet import Kubelet
from gwjwt.environments.local_istio.mesh import GATEWAY_CLASS, MANAGER, ROOT_NAMESPACE
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST
from gwjwt.waiting import NotYet, TimedOut, eventually
from gwjwt.words import GatewayName

T = TypeVar("T")

_PATIENCE = 0.5
"""Seconds for the first mark until another one is written; twice as long for each that follows."""
_MANAGER_TYPE = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_MANAGER_FILTER = "envoy.filters.network.http_connection_manager"
_STORED = {
    "RequestAuthentication": Resource("security.istio.io", "requestauthentications"),
    "AuthorizationPolicy": Resource("security.istio.io", "authorizationpolicies"),
    "ServiceEntry": Resource("networking.istio.io", "serviceentries"),
}
_GATEWAYS = Resource("gateway.networking.k8s.io", "gateways")
_ROUTES = Resource("gateway.networking.k8s.io", "httproutes")


class _Seen(NamedTuple):
    kind: str
    namespace: str
    name: str
    version: str

    @classmethod
    def of(cls, kind: str, found: Object, version: str) -> Self:
        return cls(kind, found["metadata"]["namespace"], found["metadata"]["name"], version)


def loopback_only() -> Object:
    """Gateways listen on 127.0.0.1: a Gateway of the Gateway API has no field for that."""
    patch = {
        "applyTo": "LISTENER",
        "match": {"context": "GATEWAY"},
        "patch": {
            "operation": "MERGE",
            "value": {"address": {"socket_address": {"address": HOST}}},
        },
    }
    return _filter("gwjwt-loopback", patch)


def marked(mark: str) -> Object:
    listener = {"filterChain": {"filter": {"name": _MANAGER_FILTER}}}
    value = {"typed_config": {"@type": _MANAGER_TYPE, "server_name": mark}}
    patch = {
        "applyTo": "NETWORK_FILTER",
        "match": {"context": "GATEWAY", "listener": listener},
        "patch": {"operation": "MERGE", "value": value},
    }
    return _filter("gwjwt-mark", patch)


def _filter(name: str, patch: dict[str, Any]) -> Object:
    return {
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": name, "namespace": ROOT_NAMESPACE},
        "spec": {"configPatches": [patch]},
    }


class Settling:
    """A context manager around the client that asks Envoys and istiod."""

    def __init__(
        self, cluster: Cluster, etcd: Etcd, istiod: Istiod, kubelet: Kubelet, deadline: float
    ) -> None:
        """``deadline`` is that of each ``settle``, in seconds."""
        self._cluster, self._etcd, self._istiod, self._kubelet = cluster, etcd, istiod, kubelet
        self._deadline = deadline
        run = secrets.token_hex(3)
        self._marks = (Mark(run, count) for count in itertools.count(1))
        self._marking = threading.Lock()

    def __enter__(self) -> Self:
        self._client = httpx.Client(trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def settle(self, namespaces: Collection[str]) -> None:
        """Return when all that the API had accepted in these namespaces before the call is live at their gateways.

        Raises:
            EnvironmentFailed: a part has died, Envoy refused a configuration, or the deadline passed: says what was
                missing.
        """
        relevant = {*namespaces, ROOT_NAMESPACE}
        seen = self._await("istiod has seen every object", lambda: self._require_seen(relevant))
        gateways = list(_served(seen))
        patience = (_PATIENCE * 2**count for count in itertools.count())
        self._await("a mark is live", lambda: self._require_marked(gateways, next(patience)))

    def _require_marked(
        self, gateways: Sequence[tuple[GatewayName, frozenset[int]]], patience: float
    ) -> None:
        """Write a mark, and return when every gateway runs it; not ever if another push overtakes the mark's."""
        with self._marking:  # a mark takes the place of the one before
            mark = next(self._marks)
            self._write(mark)
        for gateway, ports in gateways:

            def live(gateway: GatewayName = gateway, ports: frozenset[int] = ports) -> None:
                self._kubelet.check()
                served = self._kubelet.served(gateway)
                if served is None or not ports <= served.ports.keys():
                    raise NotYet(f"{gateway} has no Envoy yet that serves {sorted(ports)}")
                served.envoy.require_mark(self._client, mark, {served.ports[port] for port in ports})

            try:
                eventually(f"{gateway} runs the configuration {mark}", live, patience)
            except TimedOut as late:
                raise NotYet(str(late)) from late

    def _write(self, mark: Mark) -> None:
        manifest = marked(str(mark))
        if mark.number == 1:
            self._cluster.apply(manifest, MANAGER)
        else:  # an apply costs the API server several times as much
            self._cluster.merge(Reference.of(manifest), {"spec": manifest["spec"]})

    def _await(self, what: str, attempt: Callable[[], T]) -> T:
        try:
            return eventually(what, attempt, self._deadline)
        except TimedOut as late:
            self._istiod.check()
            raise EnvironmentFailed("local-istio", str(late), self._istiod.process.last_lines()) from late

    def _require_seen(self, namespaces: Collection[str]) -> list[Object]:
        """Return when istiod knows what is stored there at this moment; with the Gateways among that."""
        everywhere = self._etcd.custom_objects(*_STORED.values(), _ROUTES, _GATEWAYS)
        stored = {
            kind: [each for each in found if each["metadata"]["namespace"] in namespaces]
            for kind, found in everywhere.items()
        }
        wanted = {
            _Seen.of(kind, each, each["metadata"]["resourceVersion"])
            for kind, resource in _STORED.items()
            for each in stored[resource]
        }
        known = {
            _Seen.of(each["kind"], each, each["metadata"].get("resourceVersion", ""))
            for each in self._istiod.debug("configz")
            if each["kind"] in _STORED and each["metadata"]["namespace"] in namespaces
        }
        if wanted != known:
            differing = sorted({f"{each.kind} {each.namespace}/{each.name}" for each in wanted ^ known})
            raise NotYet(f"differing: {', '.join(differing)}")
        for route in stored[_ROUTES]:
            _require_observed(
                route, [each["conditions"] for each in route.get("status", {}).get("parents", ())]
            )
        return stored[_GATEWAYS]


def _served(gateways: Iterable[Object]) -> Iterator[tuple[GatewayName, frozenset[int]]]:
    """The gateways that istiod serves, with the ports of their listeners."""
    for each in gateways:
        if each["spec"]["gatewayClassName"] == GATEWAY_CLASS and not _is_leaving(each):
            metadata, listeners = each["metadata"], each["spec"]["listeners"]
            ports = frozenset(listener["port"] for listener in listeners)
            yield GatewayName(metadata["namespace"], metadata["name"]), ports


def _require_observed(found: Object, conditions: list[list[Object]]) -> None:
    metadata = found["metadata"]
    observed = [each.get("observedGeneration", 0) for group in conditions for each in group]
    if not _is_leaving(found) and (not observed or min(observed) < metadata["generation"]):
        raise NotYet(
            f"{found['kind']} {metadata['namespace']}/{metadata['name']} has no status for its present form"
        )


def _is_leaving(found: Object) -> bool:
    return "deletionTimestamp" in found["metadata"]
