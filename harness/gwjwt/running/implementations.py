"""The implementation under test of one test process, as it is, or with a long way between it and the Kubernetes API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from gwjwt.cluster import Cluster
from gwjwt.cluster.rerouting import Unreroutable, Way
from gwjwt.drivers.protocol import DeployingDriver, Deployment, Driver, Implementation, ReroutableDriver
from gwjwt.errors import GwjwtError, Unsupported
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.processes import RunDirectory
from gwjwt.local.relay import Relay
from gwjwt.waiting import Deadlines


class Implementations:
    """A context manager; at any time at most one implementation runs in it, started when it is first asked for.

    A long way goes through a relay, which only the implementation takes. The suite itself goes straight to the API, and
    so does everybody in scenarios that ask for nothing between: for them the relay is not there.
    """

    def __init__(
        self, driver: Driver, kubeconfig: Path, deadlines: Deadlines, shared: Deployment | None
    ) -> None:
        """``shared`` is what another process has deployed for this one and others."""
        self._driver, self._kubeconfig, self._deadlines = driver, kubeconfig, deadlines
        self._shared = shared
        self._running = ExitStack()
        self._present: Implementation | None = None
        self._relay: Relay | None = None
        self._failures: dict[bool, GwjwtError] = {}
        """By whether it was to go through a relay: what has kept the implementation from starting."""
        self._through_relay = self._holds = False
        self._delay = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def slow_down(self, seconds: float) -> None:
        """From the next ``get`` on, each call of the implementation to the API takes this much longer.

        Raises:
            Unsupported: the implementation cannot be led through a relay.
        """
        if seconds:
            self._require_a_way()
        self._through_relay, self._delay = seconds > 0, seconds

    def one_at_a_time(self) -> None:
        """From the next ``get`` on, ``hold`` makes calls of the implementation to the API wait.

        Raises:
            Unsupported: as ``slow_down``.
        """
        self._require_a_way()
        self._through_relay = self._holds = True

    def hold(self, gate: Callable[[], object]) -> None:
        """From now on each call waits until this returns, if the scenario has asked for ``one_at_a_time``."""
        if self._relay and self._holds:
            self._relay.gate = gate

    def at_full_speed(self) -> None:
        """From now on no call takes longer."""
        self._through_relay, self._holds, self._delay = False, False, 0.0
        if self._relay:
            self._relay.delay, self._relay.gate = 0.0, None

    def get(self) -> Implementation:
        """The implementation, with what was asked for between it and the API.

        What keeps it from starting is raised again whenever it is asked for: starting it may take its time.
        """
        if self._present is None or bool(self._relay) != self._through_relay:
            self._running.close()
            self._present = self._relay = None
            self._present = self._start()
        if self._relay:
            self._relay.delay = self._delay
        return self._present

    def _start(self) -> Implementation:
        if failure := self._failures.get(self._through_relay):
            raise failure
        leading = self._relayed() if self._through_relay else self._plain()
        try:
            return self._running.enter_context(leading)
        except GwjwtError as error:
            self._failures[self._through_relay] = error
            raise

    def _require_a_way(self) -> None:
        if reason := self._why_not():
            what = "nothing can be put between the implementation and the Kubernetes API"
            raise Unsupported(f"{what}: {reason}")

    def _why_not(self) -> str | None:
        if not isinstance(self._driver, ReroutableDriver):
            return f"the driver {self._driver.name!r} starts nothing that calls it"
        if self._shared:
            return "several test processes share one deployment; run with -n 0"
        return None

    @contextmanager
    def _plain(self) -> Iterator[Implementation]:
        with Cluster(self._kubeconfig) as cluster, self._started(cluster) as implementation:
            yield implementation

    def _started(self, cluster: Cluster) -> AbstractContextManager[Implementation]:
        if self._shared and isinstance(self._driver, DeployingDriver):
            return self._driver.join(cluster, self._deadlines, self._shared)
        return self._driver.start(cluster, self._deadlines)

    @contextmanager
    def _relayed(self) -> Iterator[Implementation]:
        assert isinstance(self._driver, ReroutableDriver)
        with ExitStack() as stack:
            enter = stack.enter_context
            try:
                way = Way(self._kubeconfig)
            except Unreroutable as error:
                raise Unsupported(str(error)) from error
            relay = enter(Relay(enter(BackgroundLoop("gwjwt-relay")), way.server))
            kubeconfig = way.through(relay.endpoint, enter(RunDirectory()).path)
            cluster = enter(Cluster(self._kubeconfig))
            implementation = enter(self._driver.start_through(kubeconfig, cluster, self._deadlines))
            self._relay = relay
            yield implementation
