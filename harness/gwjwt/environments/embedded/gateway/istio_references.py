"""VirtualServices that refer to what nobody has made.

Source: Istio documentation, "Diagnose your configuration with istioctl analyze" (``validationMessages`` in the status)
and the analysis message IST0101, ReferencedResourceNotFound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gwjwt.environments.embedded.gateway import objects
from gwjwt.environments.embedded.gateway.references import Referrer, names
from gwjwt.environments.embedded.gateway.translate import virtual
from gwjwt.environments.embedded.gateway.translate.fields import Manifest

_DOCUMENTATION = "https://istio.io/latest/docs/reference/config/analysis/ist0101/"


def _missing(source: objects.ObjectSource, virtual_service: Manifest) -> Iterator[str]:
    gateways, services = names(source, objects.ISTIO_GATEWAY), names(source, "Service")
    for namespace, name in virtual.gateways_of(virtual_service):
        if (namespace, name) not in gateways:
            yield f"Referenced gateway not found: {namespace}/{name}"
    for app in virtual.backends(virtual_service):
        if (app.namespace, app.name) not in services:
            yield f"Referenced host not found: {app.name}.{app.namespace}.svc.cluster.local"


def _status(missing: Sequence[str]) -> dict[str, Any]:
    return {"validationMessages": [_message(each) for each in missing]} if missing else {}


def _message(words: str) -> dict[str, Any]:
    return {
        "type": {"code": "IST0101", "name": "ReferencedResourceNotFound"},
        "level": "ERROR",
        "documentationUrl": _DOCUMENTATION,
        "message": words,
    }


REFERRERS = (Referrer("VirtualService", frozenset({objects.ISTIO_GATEWAY, "Service"}), _missing, _status),)
