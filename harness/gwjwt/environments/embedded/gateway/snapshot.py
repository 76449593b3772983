"""Everything that decides how one proxy behaves, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwjwt.environments.embedded.gateway.mesh import Mesh, Workload
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.jwt import KeySource
from gwjwt.words import AppName, GatewayName


@dataclass(frozen=True, kw_only=True)
class ProxySnapshot:
    """What proxies of all kinds have."""

    mesh: Mesh = field(default_factory=Mesh)
    request_authentications: tuple[Manifest, ...] = ()
    authorization_policies: tuple[Manifest, ...] = ()
    services: Mapping[AppName, Manifest] = field(default_factory=dict)
    endpoint_slices: Mapping[AppName, tuple[Manifest, ...]] = field(default_factory=dict)
    """By the Service that they belong to."""
    key_sets: Mapping[KeySource, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)
    """The port to bind, by the port that is declared."""
    unsupported: tuple[Manifest, ...] = ()
    """Objects for this proxy of kinds of which no field is translated."""


@dataclass(frozen=True)
class GatewaySnapshot(ProxySnapshot):
    """A Gateway of the Gateway API with all objects that reach it, as the Kubernetes API holds them."""

    gateway: Manifest
    routes: tuple[Manifest, ...] = ()
    """HTTPRoutes that name the Gateway as a parent."""
    secrets: Mapping[str, Manifest] = field(default_factory=dict, repr=False)
    """Those that its listeners name, as far as there are any, by name."""

    @property
    def name(self) -> GatewayName:
        metadata = self.gateway["metadata"]
        return GatewayName(metadata["namespace"], metadata["name"])


@dataclass(frozen=True)
class WorkloadSnapshot(ProxySnapshot):
    """A workload of the mesh with all objects that reach it by its labels."""

    workload: Workload
    gateways: tuple[Manifest, ...] = ()
    """Those of ``networking.istio.io`` that select it."""
    virtual_services: tuple[Manifest, ...] = ()
    """Those that name one of the Gateways, oldest first."""

    @property
    def name(self) -> GatewayName:
        return self.workload.name


@dataclass(frozen=True)
class GlooSnapshot(ProxySnapshot):
    """A workload that Gloo Mesh configures, with all objects of the mesh that can have a say in it."""

    workload: Workload
    workspaces: Mapping[str, str] = field(default_factory=dict)
    """By namespace, the name of the Workspace that it belongs to."""
    workspace_objects: tuple[Manifest, ...] = ()
    virtual_gateways: tuple[Manifest, ...] = ()
    """Those that select the workload."""
    istio_gateways: tuple[Manifest, ...] = ()
    """Those of Istio that select it as well."""
    route_tables: tuple[Manifest, ...] = ()
    """Those for the workload or one of the gateways, first created first."""
    jwt_policies: tuple[Manifest, ...] = ()
    """All, first created first."""
    ext_auth_policies: tuple[Manifest, ...] = ()
    """All, first created first."""
    ext_auth_servers: Mapping[AppName, Manifest] = field(default_factory=dict)

    @property
    def name(self) -> GatewayName:
        return self.workload.name
