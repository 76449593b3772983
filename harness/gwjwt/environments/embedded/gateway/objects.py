"""Where the control plane reads Kubernetes objects from, and how it collects those of one gateway."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.mesh import Mesh, Workload
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot, WorkloadSnapshot
from gwjwt.environments.embedded.gateway.translate import tls, virtual
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.words import AppName, GatewayName

ObjectKey: TypeAlias = tuple[str, str, str]
"""Kind, namespace, name."""

Changed: TypeAlias = Callable[[str, Mapping[str, Any], int], None]
"""Event type (``ADDED``, ``MODIFIED``, ``DELETED``), the object, and the resource version of the write."""

SERVICE_OF_SLICE = "kubernetes.io/service-name"
POLICY_KINDS = ("RequestAuthentication", "AuthorizationPolicy")
ISTIO_GATEWAY = "Gateway.networking.istio.io"
"""Istio's own kind ``Gateway``, told from the Gateway API's."""
GLOO_KINDS = {
    "RouteTable": "networking.gloo.solo.io",
    "VirtualGateway": "networking.gloo.solo.io",
    "JWTPolicy": "security.policy.gloo.solo.io",
    "ExtAuthPolicy": "security.policy.gloo.solo.io",
    "ExtAuthServer": "admin.gloo.solo.io",
    "Workspace": "admin.gloo.solo.io",
}
"""The kinds of Gloo Mesh, with their API groups."""
_KINDS = {
    *GLOO_KINDS.items(),
    ("Gateway", selection.GATEWAY_GROUP),
    ("HTTPRoute", selection.GATEWAY_GROUP),
    ("GRPCRoute", selection.GATEWAY_GROUP),
    ("Gateway", "networking.istio.io"),
    ("VirtualService", "networking.istio.io"),
    ("DestinationRule", "networking.istio.io"),
    ("Service", ""),
    ("Secret", ""),
    ("EndpointSlice", "discovery.k8s.io"),
    *((kind, "security.istio.io") for kind in POLICY_KINDS),
}
"""The kinds that matter to a proxy, with their API groups."""


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
    """Whether an object can have a say in what a proxy does."""
    group, _, _ = manifest["apiVersion"].rpartition("/")
    return (manifest["kind"], group) in _KINDS


def kind_of(manifest: Manifest) -> str:
    """The kind, in the one word that tells the two kinds ``Gateway`` apart."""
    istio = manifest["kind"] == "Gateway" and manifest["apiVersion"].startswith("networking.istio.io/")
    return ISTIO_GATEWAY if istio else str(manifest["kind"])


def key_of(manifest: Manifest) -> ObjectKey:
    """Name an object; an EndpointSlice goes under its Service, since both are needed together."""
    kind, metadata = kind_of(manifest), manifest["metadata"]
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
    namespace = None if _takes_foreign_routes(manifest) else gateway.namespace
    routes, others = (
        tuple(
            route
            for route in source.list(kind, namespace)
            if any(parent == gateway for parent, _ in selection.parents(route))
        )
        for kind in ("HTTPRoute", "GRPCRoute")
    )
    apps = {app for route in routes for app in backends(route)}
    services, slices = _backing(source, apps)
    target = selection.target_of(manifest)
    named = set(tls.secret_names(manifest))
    secrets = source.list("Secret", gateway.namespace) if named else ()
    return GatewaySnapshot(
        manifest,
        routes,
        {name: each for each in secrets if (name := each["metadata"]["name"]) in named},
        mesh=mesh,
        request_authentications=policies(source, "RequestAuthentication", target, mesh),
        authorization_policies=policies(source, "AuthorizationPolicy", target, mesh),
        services=services,
        endpoint_slices=slices,
        unsupported=(*others, *destination_rules(source, gateway.namespace, apps, mesh)),
    )


def collect_workload(source: ObjectSource, workload: Workload, mesh: Mesh) -> WorkloadSnapshot:
    """Read all objects that reach a workload; keys and ports are left for the caller."""
    gateways: tuple[Manifest, ...] = ()
    if workload.app is None:
        gateways = tuple(
            each for each in source.list(ISTIO_GATEWAY) if selection.selects(each, workload.labels)
        )
    names = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in gateways}
    services = [each for each in source.list("VirtualService") if names & set(virtual.gateways_of(each))]
    apps = {app for each in services for app in virtual.backends(each)}
    apps |= {workload.app} if workload.app else set()
    found, slices = _backing(source, apps)
    target = target_of_workload(workload)
    return WorkloadSnapshot(
        workload,
        gateways,
        tuple(sorted(services, key=_age)),
        mesh=mesh,
        request_authentications=policies(source, "RequestAuthentication", target, mesh),
        authorization_policies=policies(source, "AuthorizationPolicy", target, mesh),
        services=found,
        endpoint_slices=slices,
        unsupported=destination_rules(source, workload.name.namespace, apps, mesh),
    )


def target_of_workload(workload: Workload) -> selection.PolicyTarget:
    return selection.PolicyTarget(workload.name.namespace, workload.labels)


def _age(manifest: Manifest) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return str(metadata.get("creationTimestamp") or ""), metadata["namespace"], metadata["name"]


def _backing(
    source: ObjectSource, apps: set[AppName]
) -> tuple[dict[AppName, Manifest], dict[AppName, tuple[Manifest, ...]]]:
    """The Services of these apps, as far as there are any, and their EndpointSlices."""
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
    return services, slices


def dependencies(snapshot: GatewaySnapshot | WorkloadSnapshot) -> frozenset[ObjectKey]:
    """The objects that the snapshot used, with the Services and Secrets that are named and nobody has made yet."""
    secrets: set[ObjectKey] = set()
    if isinstance(snapshot, GatewaySnapshot):
        used: tuple[tuple[Manifest, ...], ...] = (snapshot.gateway,), snapshot.routes
        apps = {app for route in snapshot.routes for app in backends(route)}
        secrets = {("Secret", snapshot.name.namespace, name) for name in tls.secret_names(snapshot.gateway)}
    else:
        used = snapshot.gateways, snapshot.virtual_services
        apps = {app for each in snapshot.virtual_services for app in virtual.backends(each)}
        apps |= {snapshot.workload.app} if snapshot.workload.app else set()
    reaching = (
        *snapshot.request_authentications,
        *snapshot.authorization_policies,
        *snapshot.unsupported,
    )
    services = {("Service", app.namespace, app.name) for app in apps}
    return frozenset({*(key_of(each) for part in (*used, reaching) for each in part), *services, *secrets})


def backends(route: Manifest) -> Iterable[AppName]:
    """The Services that an HTTPRoute sends requests to."""
    namespace = route["metadata"]["namespace"]
    for rule in (route.get("spec") or {}).get("rules") or ():
        for backend in rule.get("backendRefs") or ():
            yield AppName(backend.get("namespace") or namespace, backend["name"])


def policies(
    source: ObjectSource, kind: str, target: selection.PolicyTarget, mesh: Mesh
) -> tuple[Manifest, ...]:
    """The policies of a kind of Istio that reach a target."""
    namespaces = dict.fromkeys((mesh.root_namespace, target.namespace))
    return tuple(
        policy
        for namespace in namespaces
        for policy in source.list(kind, namespace)
        if selection.policy_reaches(policy, target, mesh.root_namespace)
    )


def destination_rules(
    source: ObjectSource, namespace: str, apps: Collection[AppName], mesh: Mesh
) -> tuple[Manifest, ...]:
    """The DestinationRules for what a proxy of this namespace sends to one of these Services."""
    return tuple(
        rule
        for rule in source.list("DestinationRule")
        if any(selection.rule_reaches(rule, namespace, app, mesh.root_namespace) for app in apps)
    )


def _takes_foreign_routes(gateway: Manifest) -> bool:
    listeners = (gateway.get("spec") or {}).get("listeners") or ()
    return any(
        ((each.get("allowedRoutes") or {}).get("namespaces") or {}).get("from") not in (None, "Same", "None")
        for each in listeners
    )
