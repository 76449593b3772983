"""Which objects of Gloo Mesh reach a workload, and how they are collected.

Source: Gloo Mesh API reference, RouteTable: without virtual gateways the routes are for the selected workloads inside
the mesh; and Workspace: resources reach each other within one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gwjwt.environments.embedded.gateway import objects, selection
from gwjwt.environments.embedded.gateway.mesh import Mesh, Workload
from gwjwt.environments.embedded.gateway.snapshot import GlooSnapshot
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.gloo import selecting
from gwjwt.environments.embedded.gateway.translate.gloo.compile import gateways_of
from gwjwt.words import AppName

Ages = Mapping[str, int]
"""By uid, how many objects the control plane had seen before: creation timestamps only tell seconds apart."""


def configures(source: objects.ObjectSource, workload: Workload) -> bool:
    """Whether the workload is one for objects of Gloo Mesh: it calls others, or a virtual gateway selects it."""
    return workload.calls or bool(workload.app is None and _virtual_gateways(source, workload))


def collect_gloo(source: objects.ObjectSource, workload: Workload, mesh: Mesh, ages: Ages) -> GlooSnapshot:
    """Read all objects that can have a say; keys and ports are left for the caller."""
    namespaces = {each["metadata"]["name"] for each in source.list("Namespace")}
    workspace_objects = tuple(source.list("Workspace"))
    workspaces = selecting.workspaces(workspace_objects, namespaces)
    gateways = () if workload.calls else _virtual_gateways(source, workload)
    names = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in gateways}
    own = workspaces.get(workload.name.namespace)
    route_tables = [
        table
        for table in _in_order(source.list("RouteTable"), ages)
        if (
            own is not None
            and workspaces.get(table["metadata"]["namespace"]) == own
            and _selects(table, workload)
            if workload.calls
            else names & set(gateways_of(table))
        )
    ]
    services = list(source.list("Service"))
    apps = {AppName(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in services}
    slices: dict[AppName, tuple[Manifest, ...]] = {}
    for each in source.list("EndpointSlice"):
        app = AppName(each["metadata"]["namespace"], objects.key_of(each)[2])
        slices[app] = (*slices.get(app, ()), each)
    servers = source.list("ExtAuthServer")
    target = (
        None if workload.calls else objects.target_of_workload(workload)
    )  # Istio's policies are for what comes in
    return GlooSnapshot(
        workload,
        workspaces,
        workspace_objects,
        gateways,
        () if workload.calls else _istio_gateways(source, workload),
        tuple(route_tables),
        tuple(_in_order(source.list("JWTPolicy"), ages)),
        tuple(_in_order(source.list("ExtAuthPolicy"), ages)),
        {AppName(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in servers},
        mesh=mesh,
        request_authentications=objects.policies(source, "RequestAuthentication", target, mesh)
        if target
        else (),
        authorization_policies=objects.policies(source, "AuthorizationPolicy", target, mesh)
        if target
        else (),
        services=apps,
        unsupported=objects.destination_rules(source, workload.name.namespace, apps, mesh),
        endpoint_slices=slices,
    )


def _virtual_gateways(source: objects.ObjectSource, workload: Workload) -> tuple[Manifest, ...]:
    return tuple(
        each
        for each in source.list("VirtualGateway")
        if any(_matches(one, workload) for one in (each.get("spec") or {}).get("workloads") or ())
    )


def _istio_gateways(source: objects.ObjectSource, workload: Workload) -> tuple[Manifest, ...]:
    return tuple(
        each for each in source.list(objects.ISTIO_GATEWAY) if selection.selects(each, workload.labels)
    )


def _selects(table: Manifest, workload: Workload) -> bool:
    """Whether a table without virtual gateways selects the workload; an empty selector means any."""
    spec = table.get("spec") or {}
    if spec.get("virtualGateways"):
        return False
    return any(_matches(each, workload) for each in spec.get("workloadSelectors") or ())


def _matches(selected: Manifest, workload: Workload) -> bool:
    """Other fields than these are refused when what they are in is translated."""
    selector = selected.get("selector") or {}
    return (
        (selector.get("labels") or {}).items() <= workload.labels.items()
        and selector.get("namespace") in (None, "", workload.name.namespace)
        and selector.get("name") in (None, "", workload.name.name)
    )


def _in_order(found: Iterable[Manifest], ages: Ages) -> list[Manifest]:
    """First created first."""

    def age(manifest: Manifest) -> tuple[str, int]:
        metadata = manifest["metadata"]
        return str(metadata.get("creationTimestamp") or ""), ages.get(str(metadata.get("uid")), len(ages))

    return sorted(found, key=age)
