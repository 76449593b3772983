"""Deleting a namespace where no controller manager runs: what the namespace controller does, done here.

Source: Kubernetes documentation, "Namespaces" and "Finalizers".
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from gwjwt.cluster import Cluster, Reference
from gwjwt.environments.local_istio.etcd import Etcd, Key
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import NotYet, TimedOut, eventually

_AT_ONCE = 4


class Namespaces:
    """Creates and deletes namespaces. A context manager around the threads that delete several kinds at once."""

    def __init__(self, cluster: Cluster, etcd: Etcd, deadline: float) -> None:
        """``deadline`` is how long the finalizers in a namespace may hold its objects back, in seconds."""
        self._cluster, self._etcd, self._deadline = cluster, etcd, deadline
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE, "gwjwt-namespaces")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def create(self, name: str) -> None:
        self._cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def empty(self, name: str) -> None:
        """Begin to delete it; returns when nothing in it is held back, and ``finish`` is all that is left to do.

        Raises:
            EnvironmentFailed: something is held back by a finalizer beyond the deadline; says what.
        """
        self._cluster.delete(Reference("v1", "Namespace", "", name))
        asked: set[Key] = set()

        def free() -> None:
            left = self._etcd.remove(self._etcd.inside(name))
            self._ask_for_deletion(name, left.held - asked)
            asked.update(left.held)
            if left.held:
                raise NotYet(f"held back: {_listed(left.held)}")
            if left.changed:
                raise NotYet(f"changed meanwhile: {_listed(left.changed)}")

        self._await(name, free)

    def finish(self, name: str) -> None:
        """Delete the rest and the namespace itself; returns when it has gone.

        Raises:
            EnvironmentFailed: something is still there after the deadline; says what.
        """
        asked: set[Key] = set()

        def gone() -> None:
            left = self._etcd.inside(name)
            self._ask_for_deletion(name, left - asked)
            asked.update(left)
            if left:
                raise NotYet(f"still there: {_listed(left)}")

        self._await(name, gone)
        self._etcd.remove_namespace(name)

    def _await(self, name: str, attempt: Callable[[], None]) -> None:
        try:
            eventually(f"deletion of what is in namespace {name}", attempt, self._deadline)
        except TimedOut as late:
            raise EnvironmentFailed("the Kubernetes API", str(late)) from late

    def _ask_for_deletion(self, name: str, objects: set[Key]) -> None:
        kinds = [self._kind(*each) for each in sorted({(each.plural, each.group) for each in objects})]
        list(self._pool.map(lambda kind: self._cluster.delete_all(kind[0], kind[1], name), kinds))

    def _kind(self, plural: str, group: str) -> tuple[str, str]:
        """The version and the kind by which the API knows what is stored; asked when it is new."""
        if (plural, group) not in self._known:
            for api_version in self._cluster.groups():
                served_group = api_version.rpartition("/")[0]
                for each in self._cluster.kinds(api_version):
                    self._known.setdefault((each.plural, served_group), (api_version, each.kind))
                    if "." not in served_group or served_group.endswith(".k8s.io"):
                        self._known.setdefault((each.plural, ""), (api_version, each.kind))
        if (plural, group) not in self._known:
            raise EnvironmentFailed("the Kubernetes API", f"does not serve the stored kind {plural} {group}")
        return self._known[plural, group]


def _listed(objects: set[Key]) -> str:
    return ", ".join(sorted(f"{each.plural}/{each.name}" for each in objects))
