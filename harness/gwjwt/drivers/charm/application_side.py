"""The application's end of the relation: a charm of the suite's own that publishes with the interface's library."""

from __future__ import annotations

from pathlib import Path

from gwjwt.drivers.charm.juju import Unit
from gwjwt.drivers.charm.process import CharmProcess
from gwjwt.drivers.charm.relations import Published
from gwjwt.drivers.protocol import Declaration, LibraryCall
from gwjwt.words import AppName, GatewayName

BUNDLED = Path(__file__).with_name("application")
DISTRIBUTION, MODULE = "charmlibs-interfaces-istio-request-auth", "charmlibs.interfaces.istio_request_auth"
DEFAULT_ENDPOINT = "istio-request-auth"


class Application:
    """All applications that publish in this process, each deployed when it first does."""

    def __init__(self, process: CharmProcess) -> None:
        self._process = process
        self._units: dict[tuple[GatewayName, AppName, str, bool], Unit] = {}

    def declaration(self, endpoint: str) -> Declaration:
        declared = self._process.endpoints.get(endpoint, {})
        return Declaration(
            endpoint, declared.get("role", "none"), declared.get("interface"), declared.get("limit")
        )

    def library(self) -> frozenset[str]:
        """The names that the library exports, where the application runs."""
        return frozenset(self._process.ask("names", module=MODULE))

    def publish(
        self,
        gateway: GatewayName,
        app: AppName,
        text: str,
        *,
        endpoint: str = DEFAULT_ENDPOINT,
        leader: bool = True,
    ) -> LibraryCall:
        """Have a unit of the app publish the rules in this JSON text by one call of the library."""
        unit = self._unit(gateway, app, endpoint, leader=leader)
        unit.configure({"jwt-rules": text, "endpoint": endpoint})
        relation = unit.relation(endpoint, gateway.name)
        written = dict(relation.answer) if relation else {}
        return LibraryCall(written, unit.failure.cause if unit.failure else None)

    def forget(self, gateway: GatewayName) -> None:
        for key in [key for key in self._units if key[0] == gateway]:
            self._units.pop(key).forget()

    def _unit(self, gateway: GatewayName, app: AppName, endpoint: str, *, leader: bool) -> Unit:
        key = (gateway, app, endpoint, leader)
        if key not in self._units:
            number = f"{app}@{gateway} {endpoint} {'leader' if leader else 'other'}"
            unit = Unit(self._process, app.name, app.namespace, key=number, leader=leader)
            unit.relate(endpoint, gateway.name, Published())
            self._units[key] = unit
        return self._units[key]
