"""Write by write, what AuthorizationPolicies a gateway had: how open it was on the way from one state to the next.

istiod enforces each write by itself, so an order of writes is a sequence of gateways. The writes are those that the
Kubernetes API accepted, as its watch tells them: nothing is measured, and nothing depends on who is faster.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from gwjwt.cluster import Cluster
from gwjwt.cluster.informer import Informer
from gwjwt.drivers.protocol import Manifest
from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.scene import policies
from gwjwt.words import GatewayName

_API_VERSION, _KIND = "security.istio.io/v1", "AuthorizationPolicy"

Policies = tuple[Manifest, ...]


class PolicyHistory:
    """A context manager; inside of it every write to the AuthorizationPolicies of the gateway's namespace is noted."""

    def __init__(self, cluster: Cluster, gateway: GatewayName, deadline: float) -> None:
        self._cluster, self._gateway, self._deadline = cluster, gateway, deadline
        self._states: list[Policies] = []
        self._versions: dict[str, str] = {}
        self._changes: list[tuple[int, int]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._informer = Informer(self._cluster, _API_VERSION, _KIND, on_change=self._note)
        self._stack.enter_context(self._informer)
        self._note_all()
        self._began = len(self._states) - 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def change_ends(self) -> None:
        """One more change has settled: what was written since the last one belongs to it."""
        began = self._changes[-1][1] if self._changes else self._began
        self._catch_up()
        self._changes.append((began, len(self._states) - 1))

    def require_never_more_open(self) -> None:
        """No write of any change has left open what the gateway keeps closed before and after that change.

        Raises:
            ClauseViolated: with the write and the kind of requests.
            Inconclusive: nothing was written.
        """
        if all(begin == end for begin, end in self._changes):
            raise Inconclusive(
                f"no AuthorizationPolicy of {self._gateway} was written: there is no order to see"
            )
        for begin, end in self._changes:
            for bearer in (False, True):
                self._require_closed(begin, end, bearer=bearer)

    def _require_closed(self, begin: int, end: int, *, bearer: bool) -> None:
        def stopped(state: Policies) -> bool:
            return any(policies.stops_unvalidated(each, bearer=bearer) for each in state)

        if not (stopped(self._states[begin]) and stopped(self._states[end])):
            return
        for number, state in enumerate(self._states[begin + 1 : end], start=1):
            if not stopped(state):
                whose = "with" if bearer else "without"
                raise ClauseViolated(
                    f"{self._gateway} stops requests {whose} a Bearer value that nobody has validated before and after "
                    f"a change of {end - begin} writes, but not after write {number}; then there "
                    f"{policies.listing(state)}"
                )

    def _catch_up(self) -> None:
        """Return when everything that the API has accepted by now is noted."""
        listed = _versions(self._cluster.list(_API_VERSION, _KIND, self._gateway.namespace))
        self._informer.wait(
            f"the watch has told of all policies of {self._gateway}",
            lambda: None if self._versions == listed else f"{self._versions}, not {listed}",
            self._deadline,
        )

    def _note(self, changed: Manifest) -> None:
        if changed["metadata"]["namespace"] == self._gateway.namespace:
            self._note_all()
            self._informer.ask_again()

    def _note_all(self) -> None:
        here = self._informer.in_namespace(self._gateway.namespace)
        self._states.append(tuple(policies.reaching(here, self._gateway)))
        self._versions = _versions(here)


def _versions(found: Iterable[Manifest]) -> dict[str, str]:
    return {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in found}
