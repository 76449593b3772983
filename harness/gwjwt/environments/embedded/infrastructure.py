"""What Istio makes of a Gateway is there at once and ready. Nothing runs behind it: one Envoy serves all gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api.errors import AlreadyExists
from gwjwt.environments.embedded.api.store import Store
from gwjwt.environments.gateway_infrastructure import READY, deployment, reachable_at, service

_ADDRESS = "127.0.0.1"
_IMAGE = "auto"
"""The image that istiod's templates name, and replace when they inject a proxy."""


def deploy(store: Store, gateway: Mapping[str, Any]) -> None:
    """Create both with the status of what is ready, unless they are there."""
    _create(store, deployment(gateway, _IMAGE), READY)
    _create(store, service(gateway), reachable_at(_ADDRESS))


def _create(store: Store, manifest: dict[str, Any], status: Mapping[str, Any]) -> None:
    try:
        created = store.create(manifest)
    except AlreadyExists:
        return
    store.replace({**created, "status": status}, status=True)
