"""What the Kubernetes API adds to every Gateway, so that two parts of istiod do not take turns in writing it.

istiod's deployment controller annotates a Gateway with its own version, by an apply of the status; its status writer
then replaces the status from an older copy, which takes the annotation away again. Six rounds of that for each Gateway
were a fifth of the API server's work. A Gateway that comes with the annotation is left alone by both.

An API server that has just started answers 503 to what such a policy is about, for some seconds. So the policy holds
for a namespace without gateways at first, and for all once a trial there has passed. Nothing waits for that: until
then all is as it would be without it, but slower.
Sources: istio, pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, ``ManagedGatewayControllerVersion``;
Kubernetes documentation, "Mutating Admission Policy".
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self

from gwjwt.cluster import ApiRefused, Cluster, Object
from gwjwt.environments.local_istio.mesh import ROOT_NAMESPACE
from gwjwt.errors import EnvironmentDied, EnvironmentFailed
from gwjwt.waiting import NotYet, TimedOut, eventually

_NAME = "gwjwt-controller-version"
_MANAGER = "gwjwt-environment"
_ADMISSION = "admissionregistration.k8s.io/v1beta1"
_ANNOTATION = "gateway.istio.io/controller-version"


class AnnotatedGateways:
    """A context manager; some seconds after it is entered, new Gateways get istiod's annotation.

    The root namespace has to exist.
    """

    def __init__(self, cluster: Cluster, controller_version: int, deadline: float) -> None:
        """``deadline`` is how long the API may take until it can do that, in seconds."""
        self._cluster, self._version, self._deadline = cluster, controller_version, deadline
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._extend, name="gwjwt-admission", daemon=True)

    def __enter__(self) -> Self:
        in_root = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ROOT_NAMESPACE}}}
        for each in (_policy(self._version), _binding(in_root)):
            self._cluster.apply(each, _MANAGER)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._thread.join()

    def _extend(self) -> None:
        try:
            if eventually("the API annotates Gateways", self._try, self._deadline):
                self._cluster.apply(_binding({}), _MANAGER)
        except (TimedOut, EnvironmentFailed, ApiRefused):
            return  # it goes on without; who needs the API is told by the API that it has gone

    def _try(self) -> bool:
        """Whether it is time to extend the policy to all namespaces; False: nobody needs it any more."""
        if self._leaving.is_set():
            return False
        try:
            made = self._cluster.create(_TRIAL, dry_run=True)
        except EnvironmentDied:
            raise
        except EnvironmentFailed as failed:
            raise NotYet(str(failed)) from failed
        if _ANNOTATION not in made["metadata"].get("annotations", {}):
            raise NotYet("it adds nothing")
        return True


_TRIAL = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "gwjwt-trial", "namespace": ROOT_NAMESPACE},
    "spec": {
        "gatewayClassName": "gwjwt-trial",
        "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
    },
}


def _policy(controller_version: int) -> Object:
    pair = f'{{"{_ANNOTATION}": "{controller_version}"}}'
    whole = f'JSONPatch{{op: "add", path: "/metadata/annotations", value: {pair}}}'
    key = f'"/metadata/annotations/" + jsonpatch.escapeKey("{_ANNOTATION}")'
    single = f'JSONPatch{{op: "add", path: {key}, value: "{controller_version}"}}'
    added = f"has(object.metadata.annotations) ? [{single}] : [{whole}]"
    created = {
        "apiGroups": ["gateway.networking.k8s.io"],
        "apiVersions": ["*"],
        "operations": ["CREATE"],
        "resources": ["gateways"],
    }
    return {
        "apiVersion": _ADMISSION,
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": _NAME},
        "spec": {
            "matchConstraints": {"resourceRules": [created]},
            "failurePolicy": "Ignore",
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": added}}],
        },
    }


def _binding(resources: dict[str, Any]) -> Object:
    return {
        "apiVersion": _ADMISSION,
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": _NAME},
        "spec": {"policyName": _NAME, "matchResources": resources},
    }
