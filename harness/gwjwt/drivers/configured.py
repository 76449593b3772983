"""A gateway product that is configured by manifests: what is wanted is rendered, and written after every change."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from gwjwt.cluster import Cluster
from gwjwt.drivers.applied import Applied, Writer
from gwjwt.drivers.protocol import Wanted
from gwjwt.drivers.rendering import Renderer
from gwjwt.errors import ImplementationFailed
from gwjwt.words import GatewayName


class RenderedConfiguration:
    """A ``Configuration``. A context manager: leaving it deletes what no scenario has abandoned."""

    def __init__(self, cluster: Cluster, renderer: Renderer, writer: Writer) -> None:
        self._cluster, self._renderer = cluster, renderer
        self._applied = Applied(writer)
        self._gateways: set[GatewayName] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        namespaces = {each["metadata"]["name"] for each in self._cluster.list("v1", "Namespace")}
        self._applied.delete_all(namespaces)

    def bring(self, wanted: Wanted) -> None:
        self._gateways.add(wanted.gateway)
        self._applied.bring(wanted.gateway, self._renderer.render(wanted))

    def abandon(self, gateway: GatewayName) -> None:
        self._gateways.discard(gateway)
        self._applied.forget(gateway)

    def settle(self) -> None:
        """Acceptance by the API is all that there is to wait for; while it rejects a manifest, that is said."""
        rejected = [
            f"{reference}: {rejection.message}"
            for gateway in self._gateways
            for reference, rejection in self._applied.rejections(gateway).items()
        ]
        if rejected:
            raise ImplementationFailed("the API rejected what was rendered: " + "; ".join(rejected))
