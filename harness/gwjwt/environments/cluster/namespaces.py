"""Namespaces of a cluster whose own controller deletes what is in them, and what earlier runs have left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Self

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.definitions import remove_unused
from gwjwt.cluster.rights import Right, missing
from gwjwt.environments.cluster.access import told_of_refusals
from gwjwt.environments.cluster.objects import MANAGED_BY, RUN_LABEL, RunObjects
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import NotYet, TimedOut, eventually

_HELD_BACK = "NamespaceFinalizersRemaining"
_CONFLICT = 409
_DEFINITIONS = Right("apiextensions.k8s.io", "customresourcedefinitions", ("delete", "get", "list"))


class Namespaces:
    """Those of one run. A context manager; leaving it deletes what is left, and returns when it has gone."""

    def __init__(self, cluster: Cluster, objects: RunObjects, hold: float, leave: float) -> None:
        """``hold`` is how long finalizers may hold a namespace back, ``leave`` how long its pods may; in seconds."""
        self._cluster, self._objects = cluster, objects
        self._hold, self._leave = hold, leave
        self._made: dict[str, None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with told_of_refusals():
            for name in self._made:
                _delete(self._cluster, name)
        await_gone(self._cluster, self._made, self._leave)

    def create(self, name: str) -> None:
        self._made[name] = None
        with told_of_refusals():
            self._cluster.create(self._objects.new_namespace(name))

    def delete(self, name: str) -> None:
        """Delete it; returns when nothing in it is held back by a finalizer.

        Raises:
            EnvironmentFailed: something is, beyond the deadline; says what.
        """

        def free() -> None:
            found = self._cluster.get(_namespace(name))
            if found is None:
                self._made.pop(name, None)
                return
            conditions = {each["type"]: each for each in found["status"].get("conditions", ())}
            if conditions.get(_HELD_BACK, {"status": "Unknown"})["status"] != "False":
                raise NotYet(_why(found))

        with told_of_refusals():
            _delete(self._cluster, name)
            _wait(f"deletion of namespace {name}", free, self._hold, name)


def await_gone(cluster: Cluster, names: Iterable[str], deadline: float) -> None:
    """Return when none of these namespaces is there any more.

    Raises:
        EnvironmentFailed: one is stuck in deletion; says why, and the command that shows it.
    """
    for name in names:

        def gone(name: str = name) -> None:
            found = cluster.get(_namespace(name))
            if found is not None:
                raise NotYet(_why(found))

        with told_of_refusals():
            _wait(f"deletion of namespace {name}", gone, deadline, name)


def remove_definitions(cluster: Cluster, deadline: float) -> None:
    """Delete the definitions of the suite's own reference that nobody uses; nothing, if we may not list them.

    Raises:
        EnvironmentFailed: one does not go.
    """
    if any(missing(cluster, [_DEFINITIONS])):
        return
    with told_of_refusals():
        try:
            remove_unused(cluster, MANAGED_BY, deadline)
        except TimedOut as late:
            raise EnvironmentFailed("cluster", f"{late} (kubectl get customresourcedefinitions)") from late


def left_behind(cluster: Cluster) -> list[Object]:
    """The namespaces of all runs that are there."""
    with told_of_refusals():
        return [
            each
            for each in cluster.list("v1", "Namespace", None, MANAGED_BY)
            if RUN_LABEL in each["metadata"]["labels"]
        ]


def remove(cluster: Cluster, names: Iterable[str], deadline: float) -> None:
    """Delete these namespaces and return when they have gone; raises as ``await_gone`` does."""
    listed = list(names)
    for name in listed:
        with told_of_refusals():
            _delete(cluster, name)
    await_gone(cluster, listed, deadline)


def _delete(cluster: Cluster, name: str) -> None:
    try:
        cluster.delete(_namespace(name))
    except ApiRefused as refused:
        if refused.status != _CONFLICT:  # it is being deleted already
            raise


def _wait(what: str, attempt: Callable[[], None], deadline: float, name: str) -> None:
    try:
        eventually(what, attempt, deadline)
    except TimedOut as late:
        shown = f"kubectl get namespace {name} -o jsonpath='{{.status.conditions}}'"
        raise EnvironmentFailed("cluster", f"{late} ({shown})") from late


def _why(namespace: Object) -> str:
    told = [each["message"] for each in namespace["status"].get("conditions", ()) if each["status"] == "True"]
    return "; ".join(told) or f"it is {namespace['status'].get('phase', 'there')}"


def _namespace(name: str) -> Reference:
    return Reference("v1", "Namespace", "", name)
