"""Installing custom resource definitions: applied, and served by the API before anybody goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gwjwt.cluster import Cluster, Object, Reference
from gwjwt.waiting import NotYet, eventually

_API_VERSION, _KIND = "apiextensions.k8s.io/v1", "CustomResourceDefinition"


def install(
    cluster: Cluster, definitions: Iterable[Mapping[str, Any]], manager: str, deadline: float
) -> None:
    """Apply CustomResourceDefinitions and return when the API serves all, each within ``deadline`` seconds.

    An established definition is not yet among what the API says it serves: a real API server works that out later.

    Raises:
        ApiRefused: the API does not accept one.
        TimedOut: the API accepted one and does not serve it.
    """
    for definition in definitions:
        installed = cluster.apply(definition, manager)
        if not _is_established(installed):
            _await(cluster, Reference.of(definition), deadline)
        _await_served(cluster, definition["spec"], deadline)


def remove_unused(cluster: Cluster, labels: Mapping[str, str], deadline: float) -> None:
    """Delete the CustomResourceDefinitions with these labels of which no object is there, and see them gone.

    Raises:
        TimedOut: one is still there after the deadline, in seconds.
    """
    for definition in cluster.list(_API_VERSION, _KIND, None, labels):
        if not _has_objects(cluster, definition["spec"]):
            reference = Reference.of(definition)
            cluster.delete(reference)
            _await_gone(cluster, reference, deadline)


def _await_gone(cluster: Cluster, reference: Reference, deadline: float) -> None:
    def gone() -> None:
        if cluster.get(reference) is not None:
            raise NotYet("it is there")

    eventually(f"{reference} is gone", gone, deadline)


def _has_objects(cluster: Cluster, spec: Mapping[str, Any]) -> bool:
    version = next(each["name"] for each in spec["versions"] if each["served"])
    return bool(cluster.list(f"{spec['group']}/{version}", spec["names"]["kind"]))


def _await(cluster: Cluster, reference: Reference, deadline: float) -> None:
    def established() -> None:
        found = cluster.get(reference) or {}
        if not _is_established(found):
            raise NotYet(f"status {found.get('status')}")

    eventually(f"{reference} is established", established, deadline)


def _await_served(cluster: Cluster, spec: Mapping[str, Any], deadline: float) -> None:
    group, kind = spec["group"], spec["names"]["kind"]

    def served() -> None:
        for version in spec["versions"]:
            if version["served"] and not cluster.serves(f"{group}/{version['name']}", kind):
                raise NotYet(f"it does not serve version {version['name']}")

    eventually(f"the API serves the kind {kind} of {group}", served, deadline)


def _is_established(definition: Object) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
