"""Deleting a namespace where no controller manager runs: what the namespace controller does, done here.

Source: Kubernetes documentation, "Namespaces" and "Finalizers".
"""

from __future__ import annotations

from http import HTTPStatus

from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import NotYet, TimedOut, eventually

_OF_NO_INTEREST = frozenset({"authorization.k8s.io", "events.k8s.io", "authentication.k8s.io"})


class Namespaces:
    """Creates and deletes namespaces."""

    def __init__(self, cluster: Cluster, deadline: float) -> None:
        """``deadline`` is how long the finalizers in a namespace may hold its objects back, in seconds."""
        self._cluster, self._deadline = cluster, deadline
        self._definitions: frozenset[str] = frozenset()
        self._kinds: list[tuple[str, str]] = []

    def create(self, name: str) -> None:
        self._cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def delete(self, name: str) -> None:
        """Delete it with all that is in it; returns when it has gone.

        Raises:
            EnvironmentFailed: something is held back by a finalizer beyond the deadline; says what.
        """
        self._cluster.delete(Reference("v1", "Namespace", "", name))
        filled = [each for each in self._all_kinds() if self._cluster.list(*each, name)]
        for api_version, kind in filled:
            self._cluster.delete_all(api_version, kind, name)

        def empty() -> None:
            left = [
                str(Reference.of(each)) for kind in filled for each in self._cluster.list(*kind, name)
            ]
            if left:
                raise NotYet(f"held back: {', '.join(left)}")

        try:
            eventually(f"deletion of what is in namespace {name}", empty, self._deadline)
        except TimedOut as late:
            raise EnvironmentFailed("the Kubernetes API", str(late)) from late
        self._finalize(name)

    def _finalize(self, name: str) -> None:
        try:
            self._cluster.finalize(name)
        except ApiRefused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise

    def _all_kinds(self) -> list[tuple[str, str]]:
        """Asked anew when definitions have come or gone."""
        found = self._cluster.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        definitions = frozenset(each["metadata"]["name"] for each in found)
        if definitions != self._definitions or not self._kinds:
            self._definitions = definitions
            self._kinds = [
                (group, kind)
                for group in self._cluster.groups()
                if group.partition("/")[0] not in _OF_NO_INTEREST
                for kind in self._cluster.kinds(group)
                if kind != "Event"
            ]
        return self._kinds
