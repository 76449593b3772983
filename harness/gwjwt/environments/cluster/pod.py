"""The suite's own pod in the cluster, and the tunnel to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.environments.cluster.access import told_of_refusals
from gwjwt.environments.cluster.objects import CONTROL_PORT, FAR_END, RunObjects
from gwjwt.environments.cluster.tunnel import Tunnel
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually

_LOG_LINES = 20


class FarEndPod:
    """Inside its context the pod runs and the tunnel to it is open."""

    def __init__(self, cluster: Cluster, objects: RunObjects, image: str, deadlines: Deadlines) -> None:
        self._cluster, self._objects, self._image = cluster, objects, image
        self._deadlines = deadlines
        self._deployment = Reference("apps/v1", "Deployment", objects.namespace, FAR_END)

    @contextmanager
    def running(self, background: BackgroundLoop) -> Iterator[tuple[Tunnel, str]]:
        """The tunnel, and the pod's address.

        Raises:
            EnvironmentFailed: the pod does not become ready: says what the cluster says of it.
        """
        secret = secrets.token_urlsafe(24)
        with told_of_refusals():
            for each in self._objects.far_end(self._image, secret):
                self._cluster.create(each)
            address = self._await_address()
            service = self._cluster.path(Reference("v1", "Service", self._objects.namespace, FAR_END))
        path = f"{service}:{CONTROL_PORT}/proxy"
        api = self._cluster.connection
        with Tunnel(background, api, path, secret, self._deadlines.settle) as tunnel:
            yield tunnel, address

    def last_lines(self) -> str:
        """What the pod has written last; nothing if that cannot be had."""
        return last_lines(self._cluster, self._objects.namespace, self._objects.labels)

    def _pods(self) -> list[Object]:
        return self._cluster.list("v1", "Pod", self._objects.namespace, {**self._objects.labels})

    def _await_address(self) -> str:
        def ready() -> str:
            found = self._cluster.get(self._deployment) or {}
            pods = self._pods()
            if not found.get("status", {}).get("readyReplicas"):
                raise NotYet(
                    "; ".join([*_complaints(found), *(_state(pod) for pod in pods)]) or "it has no pod"
                )
            for pod in pods:
                if address := pod.get("status", {}).get("podIP"):
                    return str(address)
            raise NotYet("its pod has no address")

        try:
            return eventually(f"pod of {self._deployment} is ready", ready, self._deadlines.start)
        except TimedOut as late:
            shown = f"kubectl describe pods --namespace {self._objects.namespace}"
            raise EnvironmentFailed("cluster", f"{late} ({shown})", self.last_lines()) from late


def last_lines(cluster: Cluster, namespace: str, labels: Mapping[str, str]) -> str:
    """What the pods with these labels have written last; nothing if that cannot be had."""
    try:
        pods = cluster.list("v1", "Pod", namespace, labels)
        return "\n".join(cluster.log(_reference(each), _LOG_LINES) for each in pods)
    except (ApiRefused, EnvironmentFailed):
        return ""  # told beside a failure, which it must not hide


def _complaints(deployment: Object) -> list[str]:
    """What keeps a Deployment from having its pod, such as an admission webhook or a quota."""
    conditions: list[dict[str, Any]] = deployment.get("status", {}).get("conditions", [])
    return [
        each["message"]
        for each in conditions
        if each["type"] == "ReplicaFailure" and each["status"] == "True"
    ]


def _state(pod: Object) -> str:
    status = pod.get("status", {})
    waiting = [
        each["state"]["waiting"] for each in status.get("containerStatuses", ()) if "waiting" in each["state"]
    ]
    reasons = [f"{each.get('reason', '')} {each.get('message', '')}".strip() for each in waiting]
    return f"pod {pod['metadata']['name']}: {'; '.join(reasons) or status.get('phase', 'Unknown')}"


def _reference(pod: Object) -> Reference:
    return Reference("v1", "Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
