"""How far a controller has come with what it was told, by the conditions on its custom resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from gwjwt.cluster import Cluster, Object, Reference
from gwjwt.cluster.informer import Informer
from gwjwt.drivers.applied import GATEWAY_LABEL
from gwjwt.drivers.controller_options import Condition
from gwjwt.drivers.protocol import Deployment, Status
from gwjwt.errors import ImplementationFailed
from gwjwt.waiting import TimedOut
from gwjwt.words import GatewayName


class Progress:
    """Writes for the driver, and keeps in mind what the controller still has to act on."""

    def __init__(
        self,
        cluster: Cluster,
        manager: str,
        conditions: Iterable[Condition],
        caches: Iterable[Informer],
        controller: Deployment | None,
        deadline: float,
    ) -> None:
        """Write as ``manager``.

        Args:
            cluster: where to.
            manager: the field manager of all writes.
            conditions: what the controller reports when it has acted.
            caches: of all kinds that have conditions.
            controller: None if somebody else runs it.
            deadline: of each wait, in seconds.
        """
        self._cluster, self._manager = cluster, manager
        self._conditions, self._caches = tuple(conditions), {each.kind: each for each in caches}
        self._controller, self._deadline = controller, deadline
        if controller:
            controller.when_it_ends(self._ask_again)
        self._awaited: set[Reference] = set()

    def apply(self, manifest: Mapping[str, Any]) -> None:
        reference = Reference.of(manifest)
        cache = self._caches.get(reference.kind)
        if cache is None:
            self._cluster.apply(manifest, self._manager)
            return
        self._await(reference, _still_leaving)  # or it would be applied to an object that is about to vanish
        cache.remember(self._cluster.apply(manifest, self._manager))
        self._awaited.add(reference)

    def delete(self, reference: Reference) -> None:
        answer = self._cluster.delete(reference)
        cache = self._caches.get(reference.kind)
        if cache is None:
            return
        if answer and answer["kind"] == reference.kind and answer["metadata"].get("finalizers"):
            cache.remember(answer)
            self._awaited.add(reference)
        else:
            cache.forget(reference)

    def await_all(self) -> None:
        """Return when every object that was written meets its conditions, or has gone.

        Raises:
            ImplementationFailed: not within the deadline; says what the status was instead.
            EnvironmentFailed: the API went away, or the controller died.
        """
        awaited, self._awaited = self._awaited, set()
        for reference in sorted(awaited):
            self._await(reference, self._unmet)

    def status(self, gateway: GatewayName) -> Status:
        """What the conditions on the gateway's objects say, with all their messages.

        A gateway of which no condition speaks is waiting: nothing says that it is active.
        """
        unmet, messages = [], []
        for found, declared in self._declared(gateway):
            if not _is_met(found, declared):
                unmet.append(_is_open(found, declared))
            messages.append(_describe(found, declared))
        if not messages:
            return Status("waiting", f"no object of {gateway} has a condition")
        state: Literal["active", "waiting", "blocked"] = (
            "active" if not unmet else "waiting" if all(unmet) else "blocked"
        )
        return Status(state, "; ".join(messages))

    def _declared(self, gateway: GatewayName) -> Iterator[tuple[Object, Condition]]:
        for declared in self._conditions:
            for found in self._caches[declared.kind].in_namespace(gateway.namespace):
                if found["metadata"].get("labels", {}).get(GATEWAY_LABEL) == gateway.name:
                    yield found, declared

    def _unmet(self, found: Object) -> str | None:
        """What of the declared conditions is not so yet."""
        if _still_leaving(found):
            return _still_leaving(found)
        for declared in self._conditions:
            if declared.kind == found["kind"] and not _is_met(found, declared):
                return _describe(found, declared)
        return None

    def _await(self, reference: Reference, mismatch: Callable[[Object], str | None]) -> None:
        cache = self._caches[reference.kind]

        def seen() -> str | None:
            if self._controller:
                self._controller.check()
            found = cache.get(reference.namespace, reference.name)
            return None if found is None else mismatch(found)

        try:
            cache.wait(f"the controller acts on {reference}", seen, self._deadline)
        except TimedOut as late:
            raise ImplementationFailed(str(late)) from late

    def _ask_again(self) -> None:
        for cache in self._caches.values():
            cache.ask_again()


def _still_leaving(found: Object) -> str | None:
    finalizers = found["metadata"].get("finalizers", [])
    return f"it is still there, held by {finalizers}" if "deletionTimestamp" in found["metadata"] else None


def _is_met(found: Object, declared: Condition) -> bool:
    condition = _condition(found, declared.type)
    if condition is None or condition["status"] != declared.status:
        return False
    return not declared.observed_generation or _observed(found, condition) >= found["metadata"]["generation"]


def _is_open(found: Object, declared: Condition) -> bool:
    """Whether the controller has not said yet what it makes of the object's present generation."""
    present = _condition(found, declared.type)
    return present is None or present["status"] in {"Unknown", declared.status}


def _condition(found: Object, type_: str) -> Mapping[str, Any] | None:
    conditions = found.get("status", {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == type_), None)


def _observed(found: Object, condition: Mapping[str, Any]) -> int:
    observed = condition.get("observedGeneration", found["status"].get("observedGeneration"))
    return 0 if observed is None else int(observed)


def _describe(found: Object, declared: Condition) -> str:
    generation = found["metadata"].get("generation")
    condition = _condition(found, declared.type)
    if condition is None:
        return f"{Reference.of(found)} has no condition {declared.type}"
    observed = _observed(found, condition)
    lag = f" (of generation {observed}, not {generation})" if observed != generation else ""
    text = condition.get("message") or condition.get("reason") or ""
    return f"{Reference.of(found)}: {declared.type}={condition['status']}{lag}: {text}"
