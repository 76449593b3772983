"""The façade: gateways that serve what a Kubernetes API holds, and say exactly when."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from gwjwt.environments.embedded.gateway import envoy, proxies
from gwjwt.environments.embedded.gateway.ads import AdsServer
from gwjwt.environments.embedded.gateway.control_plane import ControlPlane
from gwjwt.environments.embedded.gateway.mesh import Mesh, Workload
from gwjwt.environments.embedded.gateway.objects import ObjectSource
from gwjwt.environments.embedded.gateway.status import StatusWriter
from gwjwt.errors import EnvironmentDied, EnvironmentFailed, ImplementationFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.ports import PortPool
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually
from gwjwt.words import Endpoint, GatewayName

_EXIT_REPORT_SECONDS = 1.0
"""How long the news of Envoy's end may come after the end of its connection."""


class EmbeddedGateway:
    """One Envoy whose listeners are the Gateways of a Kubernetes API. A context manager.

    Entering starts Envoy and does not wait for it; the first ``settle`` does. All methods are for threads
    other than the loop's.

    Args:
        loop: where the control plane runs, and where ``source`` is read.
        source: the objects; must tell of every write before its writer goes on.
        run_directory: holds Envoy's configuration and its log.
        mesh: the mesh configuration.
        deadlines: ``start`` for Envoy, ``settle`` for a change, ``stop`` for Envoy's end.
        write_status: gets the status of Gateways, HTTPRoutes and VirtualServices, on the loop's thread.
        translate: from the objects of a proxy to Envoy's configuration.
    """

    def __init__(
        self,
        loop: BackgroundLoop,
        source: ObjectSource,
        run_directory: RunDirectory,
        mesh: Mesh,
        deadlines: Deadlines,
        write_status: StatusWriter | None = None,
        translate: proxies.Translate = proxies.compiled,
    ) -> None:
        self._translate = translate
        self._loop, self._source, self._directory, self._mesh = loop, source, run_directory, mesh
        self._deadlines, self._write_status = deadlines, write_status
        self._parts = ExitStack()
        self._ready = False

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._binary = envoy.binary()
            ports = starting.enter_context(PortPool())
            ads = self._loop.call(AdsServer)
            starting.callback(lambda: self._loop.run(ads.stop()))
            ads_port = self._loop.run(ads.start())
            self._process = starting.enter_context(envoy.start(self._directory, ads_port))
            self._ads = ads
            self._control_plane = self._loop.call(self._make_control_plane, ads, ports)
            starting.callback(lambda: self._loop.run(self._control_plane.stop()))
            self._loop.call(self._control_plane.start)
            self._process.when_it_ends(self._report_end)
            self._parts = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    @property
    def version(self) -> str:
        """Envoy's version."""
        return envoy.envoy_version(self._binary)

    @property
    def process(self) -> Supervised:
        """Envoy itself."""
        return self._process

    def ready(self) -> None:
        """Return when Envoy serves.

        Raises:
            EnvironmentFailed: it died, or is not ready within the starting deadline.
        """
        if not self._ready:
            self._wait(self._control_plane.connected(), self._deadlines.start, "Envoy is not ready")
            self._ready = True

    def settle(self) -> None:
        """Return when everything that the API has accepted so far is live.

        Raises:
            EnvironmentFailed: Envoy died or refused a configuration, or an object uses what is not supported.
        """
        self.ready()
        self._wait(self._control_plane.settled(), self._deadlines.settle, "the configuration is not live")

    def run_workload(self, workload: Workload) -> None:
        """Run one more proxy, which Istio's objects select by its labels; it goes with ``stop_workloads``."""
        self._loop.call(self._control_plane.run_workload, workload)

    def stop_workloads(self, namespace: str) -> None:
        """Take down the proxies of a namespace."""
        self._loop.call(self._control_plane.stop_workloads, namespace)

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        """Where the listener that a Gateway declares on ``port`` can be reached.

        Raises:
            ImplementationFailed: there is no such listener within the settling deadline.
            EnvironmentFailed: as ``settle``.
        """

        def attempt() -> Endpoint:
            self.settle()
            bound = self._loop.call(self._control_plane.bound_port, gateway, port)
            if bound is None:
                raise NotYet(
                    f"no Gateway {gateway} of class {self._mesh.gateway_class} with a listener on it, and no "
                    "workload of that name that a Gateway selects"
                )
            return Endpoint("127.0.0.1", bound)

        try:
            return eventually(f"gateway {gateway}, port {port}", attempt, self._deadlines.settle)
        except TimedOut as error:
            raise ImplementationFailed(str(error)) from error

    def refresh_keys(self) -> None:
        """Fetch all key sets again and make them live, as istiod does from time to time."""
        self._loop.run(self._control_plane.key_sets.refresh(), self._deadlines.settle)
        self.settle()

    def overdue_key_sets(self) -> list[str]:
        """Where the keys are that had not come in time when they were asked for last; tokens are refused without."""
        return self._loop.call(
            lambda: [each.jwks_uri or each.issuer for each in self._control_plane.key_sets.overdue()]
        )

    def check(self, within: float = 0.0) -> None:
        """Raise ``EnvironmentFailed`` with cause and log if Envoy has died; waits ``within`` seconds for the news."""
        if self._process.ended_within(within):
            self._process.check()

    def _wait(self, work: Coroutine[Any, Any, None], seconds: float, otherwise: str) -> None:
        try:
            self._loop.run(work, seconds)
        except EnvironmentDied:  # mostly a lost connection; the process knows why it was lost
            self.check(_EXIT_REPORT_SECONDS)
            raise
        except TimeoutError as error:
            self.check(_EXIT_REPORT_SECONDS)
            cause = f"{otherwise} within {seconds:g} s"
            raise EnvironmentFailed("the embedded gateway", cause, self._process.last_lines()) from error

    def _make_control_plane(self, ads: AdsServer, ports: PortPool) -> ControlPlane:
        return ControlPlane(
            self._source,
            ads,
            ports,
            self._mesh,
            self._write_status,
            translate=self._translate,
        )

    def _report_end(self) -> None:
        self._loop.loop.call_soon_threadsafe(self._control_plane.fail, self._process.failure())
