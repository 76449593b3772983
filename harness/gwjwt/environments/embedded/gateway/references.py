"""VirtualServices that refer to what nobody has made: said in their status, as istiod's analysis says it.

Source: Istio documentation, "Diagnose your configuration with istioctl analyze" (``validationMessages`` in the status)
and the analysis message IST0101, ReferencedResourceNotFound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from gwjwt.environments.embedded.gateway import objects
from gwjwt.environments.embedded.gateway.status import StatusWriter
from gwjwt.environments.embedded.gateway.translate import virtual
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, well_formed

_KINDS = (objects.ISTIO_GATEWAY, "VirtualService", "Service")
_DOCUMENTATION = "https://istio.io/latest/docs/reference/config/analysis/ist0101/"


class References:
    """Looks again after every write to one of the kinds that refer or are referred to. Lives on the loop's thread."""

    def __init__(self, source: objects.ObjectSource, write: StatusWriter | None) -> None:
        self._source, self._write = source, write
        self._told: dict[str, list[tuple[str, str]]] = {}
        self._due = False

    def changed(self, kind: str) -> None:
        """An object of this kind was written."""
        if kind in _KINDS and not self._due and self._write is not None:
            self._due = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._due = False
        if self._write is None:
            return
        present = {str(each["metadata"]["uid"]): each for each in self._source.list("VirtualService")}
        self._told = {uid: told for uid, told in self._told.items() if uid in present}
        for uid, each in present.items():
            missing = list(self._missing(each))
            if missing != self._told.get(uid, []):
                self._told[uid] = missing
                metadata = each["metadata"]
                status = {"validationMessages": [_message(*what) for what in missing]} if missing else {}
                self._write("VirtualService", metadata["namespace"], metadata["name"], status)

    def _missing(self, virtual_service: Manifest) -> Iterator[tuple[str, str]]:
        """Kind and name of each thing that it refers to and that is not there."""
        try:
            with well_formed():
                gateways = list(virtual.gateways_of(virtual_service))
                apps = dict.fromkeys(virtual.backends(virtual_service))
        except FieldNotSupported:
            return  # translating it says so
        known = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in self._gateways()}
        yield from (
            ("gateway", f"{namespace}/{name}")
            for namespace, name in gateways
            if (namespace, name) not in known
        )
        for app in apps:
            names = {each["metadata"]["name"] for each in self._source.list("Service", app.namespace)}
            if app.name not in names:
                yield "host", f"{app.name}.{app.namespace}.svc.cluster.local"

    def _gateways(self) -> list[Manifest]:
        return list(self._source.list(objects.ISTIO_GATEWAY))


def _message(kind: str, name: str) -> dict[str, Any]:
    return {
        "type": {"code": "IST0101", "name": "ReferencedResourceNotFound"},
        "level": "ERROR",
        "documentationUrl": _DOCUMENTATION,
        "message": f"Referenced {kind} not found: {name}",
    }
