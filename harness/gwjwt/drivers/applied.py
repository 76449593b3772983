"""What a driver has put into the cluster for each gateway, and how it gets from there to what is wanted next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.cluster.writes import Apply, Delete, plan
from gwjwt.words import GatewayName

Manifest = Mapping[str, Any]

GATEWAY_LABEL = "gwjwt.dev/gateway"
"""Which gateway of its namespace an object belongs to."""


class Writer(Protocol):
    """How objects get into the cluster and out of it again; raises ``ApiRefused`` as ``Cluster`` does."""

    def apply(self, manifest: Manifest) -> object: ...

    def delete(self, reference: Reference) -> object: ...


@dataclass(frozen=True)
class ClusterWriter:
    """Straight into the cluster, as one field manager."""

    cluster: Cluster
    manager: str

    def apply(self, manifest: Manifest) -> object:
        return self.cluster.apply(manifest, self.manager)

    def delete(self, reference: Reference) -> object:
        return self.cluster.delete(reference)


@dataclass(frozen=True)
class Rejection:
    """A manifest that the API server did not accept, and its words."""

    manifest: Manifest
    message: str


@dataclass
class _Objects:
    """One gateway's objects as they were applied, and those that were rejected."""

    applied: dict[Reference, Manifest] = field(default_factory=dict)
    rejected: dict[Reference, Rejection] = field(default_factory=dict)


class Applied:
    """Applies, updates and prunes the manifests of each gateway, in the order that closes first and opens last.

    A rejected manifest does not keep the others from being written. Rules that only the API server rejects count as
    malformed (decision D3), so a RequestAuthentication that was applied before under the name of a rejected one is
    deleted: its rules are no longer published. A rejected manifest is tried again only when it changes.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._gateways: dict[GatewayName, _Objects] = {}

    def bring(self, gateway: GatewayName, manifests: Iterable[Manifest]) -> None:
        """Write what differs from the last call for this gateway."""
        objects = self._gateways.setdefault(gateway, _Objects())
        wanted = {Reference.of(each): _labelled(each, gateway) for each in manifests}
        objects.rejected = {
            reference: rejection
            for reference, rejection in objects.rejected.items()
            if wanted.get(reference) == rejection.manifest
        }
        attempted = {
            reference: objects.applied.get(reference) if reference in objects.rejected else manifest
            for reference, manifest in wanted.items()
        }
        tried = {reference: manifest for reference, manifest in attempted.items() if manifest is not None}
        for write in plan(objects.applied, tried):
            self._perform(write, objects)

    def rejections(self, gateway: GatewayName) -> dict[Reference, Rejection]:
        return self._gateways.setdefault(gateway, _Objects()).rejected

    def forget(self, gateway: GatewayName) -> None:
        """Leave a gateway alone whose namespace is being deleted with all that is in it."""
        self._gateways.pop(gateway, None)

    def delete_all(self, namespaces: Collection[str]) -> None:
        """Delete what is left in these namespaces; what was in others went away with them."""
        for gateway, objects in self._gateways.items():
            if any(reference.namespace in namespaces for reference in objects.applied):
                self.bring(gateway, [])
        self._gateways.clear()

    def _perform(self, write: Apply | Delete, objects: _Objects) -> None:
        if isinstance(write, Delete):
            objects.applied.pop(write.reference, None)
            self._writer.delete(write.reference)
            return
        reference = Reference.of(write.manifest)
        try:
            self._writer.apply(write.manifest)
        except ApiRefused as refused:
            objects.rejected[reference] = Rejection(write.manifest, refused.message)
            if reference.kind == "RequestAuthentication" and reference in objects.applied:
                del objects.applied[reference]
                self._writer.delete(reference)
        else:
            objects.applied[reference] = write.manifest


def _labelled(manifest: Manifest, gateway: GatewayName) -> Manifest:
    """With labels that tell a reader, and a clean-up by hand, which gateway of the suite the object belongs to."""
    metadata = manifest["metadata"]
    labels = {
        **(metadata.get("labels") or {}),
        GATEWAY_LABEL: gateway.name,
        "gwjwt.dev/gateway-namespace": gateway.namespace,
    }
    return {**manifest, "metadata": {**metadata, "labels": labels}}
