"""When a change is live at gateways of which nothing can be asked but what they answer.

1. Gateways and HTTPRoutes carry the implementation's status for their present generation.
2. Then a mark is written: a route of each gateway, on a path that nobody else uses, has the answer carry it in a
   header, also when the answer is a refusal. The gateway is asked until it answers with the mark.
3. From then on a settle time passes, in which the mark has to stay.

The mark proves that the gateway runs routes that were made after the change was accepted. That what came along with
them, such as policies, is live too, nothing proves: for that there is the settle time, which stands in the report.
Sources: Gateway API reference, HTTPRoute, ResponseHeaderModifier, and the conditions of Gateways and routes.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Collection
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import httpx

from gwjwt.cluster import Cluster, Object
from gwjwt.environments.cluster.access import GATEWAY_API, told_of_refusals
from gwjwt.environments.cluster.addresses import GatewayAddresses
from gwjwt.environments.cluster.objects import MARK_SERVICE, RunObjects
from gwjwt.environments.cluster.pod import last_lines
from gwjwt.environments.gateway_infrastructure import NAME_LABEL
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import NotYet, TimedOut, eventually, stays
from gwjwt.words import Endpoint, GatewayName

T = TypeVar("T")

_API = f"{GATEWAY_API}/v1"
_MANAGER = "gwjwt-environment"
_HEADER = "gwjwt-mark"
_PLAIN_PORT = 80
_SECONDS = 2.0
_PAUSE = 0.25


class Settling:
    """A context manager around the client that asks gateways."""

    def __init__(
        self,
        cluster: Cluster,
        objects: RunObjects,
        addresses: GatewayAddresses,
        gateway_class: str,
        settle_time: float,
        deadline: float,
    ) -> None:
        """``settle_time`` and ``deadline`` are of each ``settle``, in seconds."""
        self._cluster, self._objects, self._addresses = cluster, objects, addresses
        self._class, self._settle_time, self._deadline = gateway_class, settle_time, deadline
        run = secrets.token_hex(4)
        self._path = f"/.gwjwt-mark/{run}"
        self._marks = (f"{run}-{count}" for count in itertools.count(1))

    def __enter__(self) -> Self:
        limits = httpx.Limits(max_keepalive_connections=0)  # a kept connection may have the old configuration
        self._client = httpx.Client(trust_env=False, timeout=_SECONDS, limits=limits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def prepare(self, namespace: str) -> None:
        """Have the namespace hold what the routes of marks lead to: a Service with nothing behind it."""
        with told_of_refusals():
            self._cluster.create(self._objects.service(MARK_SERVICE, namespace))

    def settle(self, namespaces: Collection[str]) -> None:
        """Return when all that the API had accepted in these namespaces before the call is live, as said above.

        Raises:
            EnvironmentFailed: the deadline passed: says what was missing.
        """
        gateways = self._await(
            "the gateways have seen every object", lambda: self._require_observed(namespaces)
        )
        if not gateways:
            return
        mark = next(self._marks)
        for name, listener in gateways.items():
            route = self._objects.mark_route(name.name, name.namespace, listener, self._path, {_HEADER: mark})
            with told_of_refusals():
                self._cluster.apply(route, _MANAGER)
        for name in gateways:
            self._await(f"{name} answers with the mark {mark}", partial(self._require, name, mark))

        def still() -> None:
            for name in gateways:
                self._require(name, mark)

        try:
            stays(still, self._settle_time, _PAUSE)
        except NotYet as lost:
            raise EnvironmentFailed("cluster", f"a mark that was live is not any more: {lost}") from lost

    def check(self, namespaces: Collection[str]) -> None:
        """Return if the gateways that are there answer, whatever they answer.

        Raises:
            EnvironmentFailed: one of them does not.
        """
        with told_of_refusals():
            gateways = self._served(namespaces)
        for name in gateways:
            try:
                self._ask(self._addresses.find(name, _PLAIN_PORT))
            except NotYet as seen:
                log = last_lines(self._cluster, name.namespace, {NAME_LABEL: name.name})
                raise EnvironmentFailed(
                    "cluster", f"the gateway {name} cannot be reached: {seen}", log
                ) from seen

    def _served(self, namespaces: Collection[str]) -> dict[GatewayName, str]:
        """The gateways of our class, with the listener for plain HTTP that each of them has."""
        return {
            GatewayName(each["metadata"]["namespace"], each["metadata"]["name"]): listener["name"]
            for namespace in namespaces
            for each in self._cluster.list(_API, "Gateway", namespace)
            if each["spec"]["gatewayClassName"] == self._class and not _is_leaving(each)
            for listener in each["spec"]["listeners"]
            if listener["port"] == _PLAIN_PORT
        }

    def _require_observed(self, namespaces: Collection[str]) -> dict[GatewayName, str]:
        for namespace in namespaces:
            for gateway in self._cluster.list(_API, "Gateway", namespace):
                if gateway["spec"]["gatewayClassName"] == self._class:
                    _require_observed(gateway, [gateway.get("status", {}).get("conditions", [])])
            for route in self._cluster.list(_API, "HTTPRoute", namespace):
                parents = route.get("status", {}).get("parents", ())
                _require_observed(route, [each["conditions"] for each in parents])
        return self._served(namespaces)

    def _require(self, name: GatewayName, mark: str) -> None:
        answer = self._ask(self._addresses.find(name, _PLAIN_PORT))
        if answer.headers.get(_HEADER) != mark:
            seen = f"{answer.status_code} with the mark {answer.headers.get(_HEADER)}"
            raise NotYet(f"{name} answers {seen}")

    def _ask(self, endpoint: Endpoint) -> httpx.Response:
        try:
            return self._client.get(endpoint.url(self._path))
        except httpx.HTTPError as error:
            raise NotYet(f"no answer from {endpoint.host}:{endpoint.port}: {error}") from error

    def _await(self, what: str, attempt: Callable[[], T]) -> T:
        try:
            with told_of_refusals():
                return eventually(what, attempt, self._deadline)
        except TimedOut as late:
            raise EnvironmentFailed("cluster", str(late)) from late


def _require_observed(found: Object, conditions: list[list[Object]]) -> None:
    metadata = found["metadata"]
    observed = [each.get("observedGeneration", 0) for group in conditions for each in group]
    if not _is_leaving(found) and (not observed or min(observed) < metadata["generation"]):
        raise NotYet(
            f"{found['kind']} {metadata['namespace']}/{metadata['name']} has no status for its present form"
        )


def _is_leaving(found: Object) -> bool:
    return "deletionTimestamp" in found["metadata"]
