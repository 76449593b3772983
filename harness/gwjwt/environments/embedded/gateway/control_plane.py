"""The control plane: watches objects, translates the gateways that a change touches, and feeds Envoy.

Changes are gathered for a moment, as istiod does, and at once when somebody waits for them to be live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gwjwt.environments.embedded.gateway import (
    gloo,
    gloo_references,
    istio_references,
    objects,
    proxies,
    selection,
)
from gwjwt.environments.embedded.gateway.ads import AdsServer, Resource
from gwjwt.environments.embedded.gateway.keysets import KeySets
from gwjwt.environments.embedded.gateway.mesh import Mesh, Workload
from gwjwt.environments.embedded.gateway.references import References
from gwjwt.environments.embedded.gateway.seen import Seen
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot, GlooSnapshot
from gwjwt.environments.embedded.gateway.status import StatusBoard, StatusWriter
from gwjwt.environments.embedded.gateway.translate import jwt
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.listeners import listener_name
from gwjwt.errors import EnvironmentDied, EnvironmentFailed
from gwjwt.local.ports import PortPool
from gwjwt.words import GatewayName

_KEY_GRACE = 0.1
"""Seconds for which new keys are awaited before the gateway goes out with keys that nobody has."""


@dataclass
class _Gateway:
    """A gateway, or another proxy, that Envoy serves, or is about to."""

    target: selection.PolicyTarget
    compiled: CompiledGateway
    dependencies: frozenset[objects.ObjectKey]
    key_sources: frozenset[jwt.KeySource]
    ports: dict[int, int] = field(default_factory=dict)
    of_gloo: bool = False
    """Whether the kinds of Gloo Mesh configure it, for which every Service of the mesh matters."""


class ControlPlane:
    """Everything runs on one asyncio loop.

    Args:
        gather: seconds for which changes are collected before Envoy gets them (istiod: 0.1).
        translate: from the objects of a proxy to Envoy's configuration.
    """

    def __init__(
        self,
        source: objects.ObjectSource,
        ads: AdsServer,
        ports: PortPool,
        mesh: Mesh,
        write_status: StatusWriter | None = None,
        *,
        gather: float = 0.1,
        translate: proxies.Translate = proxies.compiled,
    ) -> None:
        self._compiled = translate
        self._source, self._ads, self._pool, self._mesh, self._gather = source, ads, ports, mesh, gather
        self.key_sets = KeySets(self._keys_changed)
        self._board = StatusBoard(write_status)
        referrers = (*istio_references.REFERRERS, *gloo_references.REFERRERS)
        self._references = References(source, write_status, referrers)
        self._gateways: dict[GatewayName, _Gateway] = {}
        self._workloads: dict[GatewayName, Workload] = {}
        self._seen = Seen()
        self._touched: set[GatewayName] = set()
        self._new_objects = False
        self._refused: dict[str, str] = {}
        self._failure: EnvironmentFailed | None = None
        self._failed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._stopped = False
        self._unsubscribe: Callable[[], None] = _nothing

    def start(self) -> None:
        """Take in what exists and follow all changes."""
        self._unsubscribe = self._source.subscribe(self._changed)
        for manifest in self._source.list("Gateway", None):
            self._touch({_name_of(manifest)})

    def run_workload(self, workload: Workload) -> None:
        """Have one more proxy beside those that Gateways of the Gateway API are.

        Raises:
            ValueError: there is one of this name.
        """
        if workload.name in self._gateways or workload.name in self._workloads:
            raise ValueError(f"there is a proxy {workload.name} already")
        self._workloads[workload.name] = workload
        self._touch({workload.name})

    def stop_workloads(self, namespace: str) -> None:
        """Take down the proxies that ``run_workload`` has made in a namespace."""
        leaving = {name for name in self._workloads if name.namespace == namespace}
        for name in leaving:
            del self._workloads[name]
        self._touch(leaving)

    async def stop(self) -> None:
        self._stopped = True
        self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        await self.key_sets.close()

    def fail(self, failure: EnvironmentFailed) -> None:
        """Envoy is gone: whoever waits, now or later, gets the cause."""
        self._failure = failure
        self._failed.set()

    async def connected(self) -> None:
        """Return when Envoy serves."""
        await self._unless_failed(asyncio.ensure_future(self._ads.connected()))

    async def _unless_failed(self, work: asyncio.Future[Any]) -> None:
        """Wait for the end of some work, but not longer than Envoy lives."""
        failed = asyncio.ensure_future(self._failed.wait())
        try:
            await asyncio.wait((work, failed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            failed.cancel()
        if self._failure is not None:
            work.cancel()
            raise self._died(self._failure)

    @staticmethod
    def _died(failure: EnvironmentFailed) -> EnvironmentDied:
        """The failure anew for each who waits: an exception that is raised again keeps every earlier traceback."""
        return EnvironmentDied(failure.what, failure.cause, failure.log)

    async def settled(self) -> None:
        """Return when every change so far is live: translated, keys fetched, acknowledged by Envoy.

        Raises:
            EnvironmentFailed: Envoy is gone or refused something, or an object uses what is not supported;
                the last two until the object is gone or corrected.
        """
        while (work := self._unfinished()) is not None:
            await self._unless_failed(work)
        if self._failure is not None:
            raise self._died(self._failure)
        for name, gateway in self._gateways.items():
            complaint = self._complaint(gateway)
            if complaint:
                raise EnvironmentFailed(f"gateway {name}", complaint)

    def bound_port(self, gateway: GatewayName, port: int) -> int | None:
        """The port on 127.0.0.1 of a listener that Envoy has acknowledged."""
        known = self._gateways.get(gateway)
        name = listener_name(gateway, port)
        if known is None or name not in known.compiled.listeners or name in self._refused:
            return None
        return known.ports[port]

    def _unfinished(self) -> asyncio.Future[Any] | None:
        if self._touched and self._work is None:
            self._begin()
        if self._work is not None:
            return self._work
        return asyncio.ensure_future(self.key_sets.fetched()) if self.key_sets.fetching else None

    def _complaint(self, gateway: _Gateway) -> str:
        refusals = (self._refused.get(name) for name in gateway.compiled.listeners)
        return "; ".join([*gateway.compiled.problems, *(f"Envoy: {words}" for words in refusals if words)])

    def _changed(self, event: str, manifest: Mapping[str, Any], _version: int) -> None:
        if self._stopped or not objects.matters(manifest):
            return
        key = objects.key_of(manifest)
        if event == "DELETED":
            self._board.forget(manifest["kind"], key[1], key[2])
        if not self._seen.changes(event, manifest):
            return
        self._new_objects = True
        self._references.changed(key[0])
        self._touch(set(self._reached_by(key, manifest)))

    def _reached_by(self, key: objects.ObjectKey, manifest: Manifest) -> Iterable[GatewayName]:
        """The gateways that an object reaches now, and those that it reached before."""
        yield from (name for name, each in self._gateways.items() if key in each.dependencies)
        kind = key[0]
        if kind == "Gateway":
            yield _name_of(manifest)
        elif kind in (objects.ISTIO_GATEWAY, "VirtualService"):
            yield from (name for name, each in self._workloads.items() if each.app is None)
        elif kind in ("HTTPRoute", "GRPCRoute"):
            yield from (parent for parent, _ in selection.parents(manifest))
        elif kind in objects.GLOO_KINDS:
            yield from (name for name, each in self._workloads.items() if each.app is None or each.calls)
        elif kind == "DestinationRule":
            yield from self._gateways
        elif kind == "Service":
            yield from (name for name, each in self._gateways.items() if each.of_gloo)
        elif kind in objects.POLICY_KINDS:
            for name, each in self._gateways.items():
                if selection.policy_reaches(manifest, each.target, self._mesh.root_namespace):
                    yield name

    def _keys_changed(self, source: jwt.KeySource) -> None:
        self._touch({name for name, each in self._gateways.items() if source in each.key_sources})

    def _touch(self, gateways: set[GatewayName]) -> None:
        if not gateways or self._stopped:
            return
        self._touched |= gateways
        if self._timer is None and self._work is None:
            self._timer = asyncio.get_running_loop().call_later(self._gather, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._work is None and not self._stopped:
            self._work = asyncio.get_running_loop().create_task(self._bring_up_to_date())
            self._work.add_done_callback(self._note_end_of_work)

    def _note_end_of_work(self, work: asyncio.Task[None]) -> None:
        error = None if work.cancelled() else work.exception()
        if isinstance(error, EnvironmentFailed):
            self.fail(error)
        elif error is not None:
            failure = EnvironmentFailed("the embedded control plane", f"{type(error).__name__}: {error}")
            failure.__cause__ = error
            self.fail(failure)

    async def _bring_up_to_date(self) -> None:
        try:
            await self._ads.connected()
            while self._touched:
                await self._serve(self._touched)
        finally:
            self._work = None

    async def _serve(self, touched: set[GatewayName]) -> None:
        retry, self._new_objects = self._new_objects, False
        await self._await_keys(touched, retry=retry)
        # What arrived while keys were awaited is covered too, since everything is read after this.
        touched |= self._touched
        self._touched = set()
        released: list[int] = []
        snapshots = {name: self._translate(name, released) for name in sorted(touched)}
        self.key_sets.keep_only({source for each in self._gateways.values() for source in each.key_sources})
        answers = await self._ads.push(self._wanted_clusters(), self._wanted_listeners())
        for listener, words in answers.items():
            self._refused.pop(listener, None)
            if words is not None:
                self._refused[listener] = words.strip()
        for port in released:
            self._pool.give_back(port)
        for name, snapshot in snapshots.items():
            if isinstance(snapshot, GatewaySnapshot):
                served = self._gateways[name]
                refusal = self._complaint(served) or None
                self._board.report(snapshot.gateway, snapshot.routes, served.compiled, refusal)

    async def _await_keys(self, touched: set[GatewayName], *, retry: bool) -> None:
        sources = set()
        for name in touched:
            snapshot = self._snapshot(name)
            if snapshot is not None:
                sources |= proxies.key_sources(snapshot)
        self.key_sets.want(sources, retry=retry)
        if sources and self.key_sets.fetching:
            await self.key_sets.fetched(_KEY_GRACE)

    def _snapshot(self, name: GatewayName) -> proxies.Snapshot | None:
        if name in self._workloads:
            workload = self._workloads[name]
            if gloo.configures(self._source, workload):
                return gloo.collect_gloo(self._source, workload, self._mesh, self._seen.ages())
            return objects.collect_workload(self._source, workload, self._mesh)
        manifest = objects.find_gateway(self._source, name, self._mesh)
        return None if manifest is None else objects.collect(self._source, manifest, self._mesh)

    def _translate(self, name: GatewayName, released: list[int]) -> proxies.Snapshot | None:
        snapshot = self._snapshot(name)
        known = self._gateways.get(name)
        ports = dict(known.ports) if known else {}
        declared = proxies.ports_of(snapshot) if snapshot else set()
        released += [ports.pop(port) for port in ports.keys() - declared]
        for port in declared - ports.keys():
            ports[port] = self._pool.take()
        if snapshot is None:
            self._gateways.pop(name, None)
            return None
        sources = frozenset(proxies.key_sources(snapshot))
        snapshot = replace(snapshot, ports=ports, key_sets=self.key_sets.want(sources, retry=False))
        self._gateways[name] = _Gateway(
            proxies.target_of(snapshot),
            self._compiled(snapshot),
            proxies.dependencies(snapshot),
            sources,
            ports,
            isinstance(snapshot, GlooSnapshot),
        )
        return snapshot

    def _wanted_clusters(self) -> dict[str, Resource]:
        return {k: v for each in self._gateways.values() for k, v in each.compiled.clusters.items()}

    def _wanted_listeners(self) -> dict[str, Resource]:
        return {k: v for each in self._gateways.values() for k, v in each.compiled.listeners.items()}


def _nothing() -> None:
    """Stand in for the end of a subscription that has not begun."""


def _name_of(manifest: Manifest) -> GatewayName:
    return GatewayName(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
