"""Where the control plane reads Kubernetes objects from, and how it collects those of one gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.mesh import Mesh
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.words import AppName, GatewayName

ObjectKey: TypeAlias = tuple[str, str, str]
"""Kind, namespace, name."""

Changed: TypeAlias = Callable[[str, Mapping[str, Any], int], None]
"""Event type (``ADDED``, ``MODIFIED``, ``DELETED``), the object, and the resource version of the write."""

SERVICE_OF_SLICE = "kubernetes.io/service-name"
POLICY_KINDS = ("RequestAuthentication", "AuthorizationPolicy")
GROUPS = {
    "Gateway": selection.GATEWAY_GROUP,
    "HTTPRoute": selection.GATEWAY_GROUP,
    "Service": "",
    "EndpointSlice": "discovery.k8s.io",
    **dict.fromkeys(POLICY_KINDS, "security.istio.io"),
}
"""The kinds that matter to a gateway, with their API groups."""


class ObjectSource(Protocol):
    """A Kubernetes API's objects as plain manifests, all on the loop's thread.

    A manifest that was handed out is never changed. A subscriber is called before the writer learns that its
    write was accepted, so whoever has made a write and then settles has it covered.
    """

    def list(self, kind: str, namespace: str | None = None) -> Iterable[Manifest]:
        """All objects of a kind, of one namespace or of all."""

    def subscribe(self, callback: Changed) -> Callable[[], None]:
        """Call back after each accepted write; the returned function ends that."""


def matters(manifest: Manifest) -> bool:
    """Whether an object can have a say in what a gateway does; Istio has a kind ``Gateway`` of its own."""
    group, _, _ = manifest["apiVersion"].rpartition("/")
    return bool(GROUPS.get(manifest["kind"]) == group)


def key_of(manifest: Manifest) -> ObjectKey:
    """Name an object; an EndpointSlice goes under its Service, since both are needed together."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    if kind == "EndpointSlice":
        kind, name = "Service", (metadata.get("labels") or {}).get(SERVICE_OF_SLICE) or metadata["name"]
    else:
        name = metadata["name"]
    return kind, metadata.get("namespace") or "", name


def content(manifest: Manifest) -> Manifest:
    """What of an object can matter to a gateway: not its status, and of the metadata only what selects."""
    metadata = manifest["metadata"]
    body = {key: value for key, value in manifest.items() if key not in ("status", "metadata")}
    return {
        **body,
        "selecting": (metadata.get("uid"), metadata.get("labels"), metadata.get("annotations")),
    }


def find_gateway(source: ObjectSource, gateway: GatewayName, mesh: Mesh) -> Manifest | None:
    """The Gateway, if it exists and is of the mesh's class."""
    for manifest in source.list("Gateway", gateway.namespace):
        if manifest["metadata"]["name"] == gateway.name:
            ours = (manifest.get("spec") or {}).get("gatewayClassName") == mesh.gateway_class
            return manifest if ours else None
    return None


def collect(source: ObjectSource, manifest: Manifest, mesh: Mesh) -> GatewaySnapshot:
    """Read all objects that reach a Gateway; keys and ports are left for the caller."""
    gateway = GatewayName(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
    routes = tuple(
        route
        for route in source.list("HTTPRoute", None if _takes_foreign_routes(manifest) else gateway.namespace)
        if any(parent == gateway for parent, _ in selection.parents(route))
    )
    apps = {app for route in routes for app in backends(route)}
    namespaces = {app.namespace for app in apps}
    services = {
        app: service
        for namespace in namespaces
        for service in source.list("Service", namespace)
        if (app := AppName(namespace, service["metadata"]["name"])) in apps
    }
    slices: dict[AppName, tuple[Manifest, ...]] = {}
    for namespace in namespaces:
        for each in source.list("EndpointSlice", namespace):
            app = AppName(namespace, key_of(each)[2])
            if app in apps:
                slices[app] = (*slices.get(app, ()), each)
    return GatewaySnapshot(
        manifest,
        mesh,
        routes,
        _policies(source, "RequestAuthentication", manifest, mesh),
        _policies(source, "AuthorizationPolicy", manifest, mesh),
        services,
        slices,
    )


def dependencies(snapshot: GatewaySnapshot) -> frozenset[ObjectKey]:
    """The objects that the snapshot used, with the Services that routes name and nobody has made yet."""
    used = (*snapshot.routes, *snapshot.request_authentications, *snapshot.authorization_policies)
    services = {("Service", app.namespace, app.name) for route in snapshot.routes for app in backends(route)}
    return frozenset({key_of(snapshot.gateway), *map(key_of, used), *services})


def backends(route: Manifest) -> Iterable[AppName]:
    """The Services that an HTTPRoute sends requests to."""
    namespace = route["metadata"]["namespace"]
    for rule in (route.get("spec") or {}).get("rules") or ():
        for backend in rule.get("backendRefs") or ():
            yield AppName(backend.get("namespace") or namespace, backend["name"])


def _policies(source: ObjectSource, kind: str, gateway: Manifest, mesh: Mesh) -> tuple[Manifest, ...]:
    namespaces = dict.fromkeys((mesh.root_namespace, gateway["metadata"]["namespace"]))
    return tuple(
        policy
        for namespace in namespaces
        for policy in source.list(kind, namespace)
        if selection.policy_reaches(policy, gateway, mesh.root_namespace)
    )


def _takes_foreign_routes(gateway: Manifest) -> bool:
    listeners = (gateway.get("spec") or {}).get("listeners") or ()
    return any(
        ((each.get("allowedRoutes") or {}).get("namespaces") or {}).get("from") not in (None, "Same", "None")
        for each in listeners
    )
