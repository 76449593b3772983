"""Everything that decides how one gateway behaves, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwjwt.environments.embedded.gateway.mesh import Mesh
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.jwt import KeySource
from gwjwt.words import AppName, GatewayName


@dataclass(frozen=True)
class GatewaySnapshot:
    """A Gateway with all objects that reach it, as the Kubernetes API holds them."""

    gateway: Manifest
    mesh: Mesh = field(default_factory=Mesh)
    routes: tuple[Manifest, ...] = ()
    """HTTPRoutes that name the Gateway as a parent."""
    request_authentications: tuple[Manifest, ...] = ()
    authorization_policies: tuple[Manifest, ...] = ()
    services: Mapping[AppName, Manifest] = field(default_factory=dict)
    endpoint_slices: Mapping[AppName, tuple[Manifest, ...]] = field(default_factory=dict)
    """By the Service that they belong to."""
    key_sets: Mapping[KeySource, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)
    """The port to bind, by the port that the Gateway declares."""

    @property
    def name(self) -> GatewayName:
        metadata = self.gateway["metadata"]
        return GatewayName(metadata["namespace"], metadata["name"])
