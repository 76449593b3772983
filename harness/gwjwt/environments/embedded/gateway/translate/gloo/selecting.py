"""Which routes and destinations a policy of Gloo Mesh is for, and which of several takes effect.

Source: guide "JWT for mesh routes", setting ``applyToRoutes`` and section "Configure JWT policies"; decisions D18, D24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.words import AppName

P = TypeVar("P")


def selects_route(policy: Manifest, labels: Mapping[str, str], *, alone_means_all: bool) -> bool:
    """Whether the policy is for routes with these labels.

    Args:
        policy: the object.
        labels: those of the http route inside its table.
        alone_means_all: whether a policy without any selector is for every route of its workspace.

    Raises:
        FieldNotSupported: with the path of the field; also for a policy without any selector that means something else.
    """
    spec = policy.get("spec") or {}
    selectors = spec.get("applyToRoutes") or []
    if not selectors:
        if not alone_means_all and not spec.get("applyToDestinations"):
            raise FieldNotSupported("spec without applyToRoutes and applyToDestinations")
        return not spec.get("applyToDestinations")
    return any(
        _labels(each, f"spec.applyToRoutes[{i}]") <= labels.items() for i, each in enumerate(selectors)
    )


def selects_destination(policy: Manifest, app: AppName, labels: Mapping[str, str]) -> bool:
    """Whether the policy is for the Service of this name, which has these labels."""
    for i, each in enumerate((policy.get("spec") or {}).get("applyToDestinations") or ()):
        where = f"spec.applyToDestinations[{i}]"
        only(each, ("kind", "selector"), where)
        if each.get("kind") not in (None, "", "SERVICE"):
            raise FieldNotSupported(f"{where}.kind {each['kind']}")
        selector = each.get("selector") or {}
        only(selector, ("name", "namespace", "labels"), f"{where}.selector")
        if (
            selector.get("name") in (None, "", app.name)
            and selector.get("namespace") in (None, "", app.namespace)
            and (selector.get("labels") or {}).items() <= labels.items()
        ):
            return True
    return False


def first_created(policies: Sequence[P], selects: Callable[[P], bool]) -> P | None:
    """The one that takes effect: of those that select the same, only the one that was created first."""
    return next((each for each in policies if selects(each)), None)


def workspaces(objects: Iterable[Manifest], namespaces: Iterable[str]) -> dict[str, str]:
    """By namespace, the Workspace that it belongs to, as far as it does to one; see ``check_workspace``."""
    found: dict[str, str] = {}
    known = list(namespaces)
    for each in objects:
        for cluster in (each.get("spec") or {}).get("workloadClusters") or ():
            wanted = {one.get("name") for one in cluster.get("namespaces") or ()}
            for namespace in known:
                if "*" in wanted or namespace in wanted:
                    found.setdefault(namespace, each["metadata"]["name"])
    return found


def check_workspace(workspace: Manifest) -> None:
    """Raises ``FieldNotSupported``, with the path of the field, for a Workspace that says more than namespaces."""
    only(workspace.get("spec") or {}, ("workloadClusters",), "spec")
    for i, cluster in enumerate((workspace.get("spec") or {}).get("workloadClusters") or ()):
        where = f"spec.workloadClusters[{i}]"
        only(cluster, ("name", "namespaces"), where)
        if cluster.get("name") not in (None, "", "*"):
            raise FieldNotSupported(f"{where}.name {cluster['name']} (there is one cluster, say *)")
        for j, each in enumerate(cluster.get("namespaces") or ()):
            only(each, ("name",), f"{where}.namespaces[{j}]")


def check_workloads(selectors: Iterable[Manifest], where: str) -> None:
    """Raises ``FieldNotSupported``, with the path of the field, for a selector of workloads that asks for more."""
    for i, each in enumerate(selectors):
        only(each, ("selector",), f"{where}[{i}]")
        only(each.get("selector") or {}, ("labels", "namespace", "name"), f"{where}[{i}].selector")


def _labels(selector: Manifest, where: str) -> set[tuple[str, str]]:
    only(selector, ("route",), where)
    route = selector.get("route") or {}
    only(route, ("labels",), f"{where}.route")
    return set((route.get("labels") or {}).items())
