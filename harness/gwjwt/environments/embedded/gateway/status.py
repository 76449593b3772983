"""What the control plane writes into the status of Gateways and HTTPRoutes.

Source: Gateway API, GatewayStatus and RouteParentStatus; reasons as Istio uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from gwjwt.environments.embedded.gateway.selection import GATEWAY_GROUP
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway, RouteParent
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.words import GatewayName

StatusWriter: TypeAlias = Callable[[str, str, str, Mapping[str, Any]], None]
"""Called on the loop's thread with kind, namespace, name and the new status."""

_CONTROLLER = "istio.io/gateway-controller"
_Condition: TypeAlias = dict[str, Any]


class StatusBoard:
    """Writes a status only when it differs from what was written before."""

    def __init__(self, write: StatusWriter | None) -> None:
        self._write = write
        self._written: dict[tuple[str, str, str], tuple[Any, Manifest]] = {}
        self._route_parents: dict[tuple[str, str], dict[GatewayName, list[RouteParent]]] = {}

    def forget(self, kind: str, namespace: str, name: str) -> None:
        """The object is gone; one of the same name is another one."""
        self._written.pop((kind, namespace, name), None)
        if kind == "HTTPRoute":
            self._route_parents.pop((namespace, name), None)

    def report(
        self, gateway: Manifest, routes: Iterable[Manifest], compiled: CompiledGateway, refusal: str | None
    ) -> None:
        """Write what became of a Gateway and its routes; ``refusal`` is what Envoy said against it."""
        if self._write is None:
            return
        self._put("Gateway", gateway, _gateway_status(gateway, compiled, refusal))
        for route in routes:
            metadata = route["metadata"]
            key = (metadata["namespace"], metadata["name"])
            by_gateway = self._route_parents.setdefault(key, {})
            by_gateway[compiled.gateway] = compiled.parents.get(key, [])
            entries = [entry for each in by_gateway.values() for entry in each]
            generation = metadata.get("generation")
            self._put("HTTPRoute", route, {"parents": [_route_parent(each, generation) for each in entries]})

    def _put(self, kind: str, manifest: Manifest, status: dict[str, Any]) -> None:
        metadata = manifest["metadata"]
        key = (kind, metadata["namespace"], metadata["name"])
        before = self._written.get(key)
        if self._write is None or (before is not None and before == (metadata.get("uid"), status)):
            return
        self._written[key] = (metadata.get("uid"), status)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._write(*key, _dated(status, now))


def _gateway_status(gateway: Manifest, compiled: CompiledGateway, refusal: str | None) -> dict[str, Any]:
    generation = gateway["metadata"].get("generation")
    accepted = not compiled.refused_listeners or bool(compiled.listeners)
    why_not = refusal or "; ".join(compiled.problems)
    programmed = bool(compiled.listeners) and not why_not
    return {
        "addresses": [{"type": "IPAddress", "value": "127.0.0.1"}],
        "conditions": [
            _condition("Accepted", "Accepted" if accepted else "ListenersNotValid", generation, ok=accepted),
            _condition(
                "Programmed", "Programmed" if programmed else "Invalid", generation, why_not, ok=programmed
            ),
        ],
        "listeners": [
            _listener_status(each["name"], compiled, generation, programmed)
            for each in (gateway.get("spec") or {}).get("listeners") or ()
        ],
    }


def _listener_status(
    name: str, compiled: CompiledGateway, generation: int | None, programmed: bool
) -> dict[str, Any]:
    refused = compiled.refused_listeners.get(name, "")
    served = programmed and not refused
    return {
        "name": name,
        "attachedRoutes": compiled.attached.get(name, 0),
        "supportedKinds": [{"group": GATEWAY_GROUP, "kind": "HTTPRoute"}],
        "conditions": [
            _condition(
                "Accepted",
                "UnsupportedProtocol" if refused else "Accepted",
                generation,
                refused,
                ok=not refused,
            ),
            _condition("Programmed", "Programmed" if served else "Invalid", generation, refused, ok=served),
            _condition("ResolvedRefs", "ResolvedRefs", generation, ok=True),
        ],
    }


def _route_parent(parent: RouteParent, generation: int | None) -> dict[str, Any]:
    accepted = parent.accepted == "Accepted"
    resolved = parent.resolved == "ResolvedRefs"
    return {
        "parentRef": dict(parent.ref),
        "controllerName": _CONTROLLER,
        "conditions": [
            _condition("Accepted", parent.accepted, generation, parent.message, ok=accepted),
            _condition("ResolvedRefs", parent.resolved, generation, parent.message, ok=resolved),
        ],
    }


def _condition(kind: str, reason: str, generation: int | None, message: str = "", *, ok: bool) -> _Condition:
    return {
        "type": kind,
        "status": "True" if ok else "False",
        "reason": reason,
        "message": message,
        "observedGeneration": generation or 0,
    }


def _dated(status: Any, now: str) -> Any:
    """The status with a transition time in every condition."""
    if isinstance(status, dict):
        dated = {key: _dated(value, now) for key, value in status.items()}
        return {**dated, "lastTransitionTime": now} if "reason" in status else dated
    if isinstance(status, list):
        return [_dated(value, now) for value in status]
    return status
