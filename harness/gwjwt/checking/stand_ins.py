"""Backends of the suite's own, one for each Service that a route names.

Where the folder has policies for the pods of a Service, it is behind a sidecar that enforces them.

Source: Istio documentation, "Workload selector": a policy reaches the pods of its own namespace that have the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gwjwt.checking.folder import Folder
from gwjwt.checking.manifests import Found, Manifest
from gwjwt.checking.pods import ROOT_NAMESPACE
from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.selection import PolicyTarget
from gwjwt.words import AppName

PORT = 80
"""Of the Services of stand-ins."""

_INJECTED = "istio-injection"
_DATAPLANE = "istio.io/dataplane-mode"
_INJECT_POD = "sidecar.istio.io/inject"


@dataclass(frozen=True)
class StandIn:
    """What receives the requests of a route in the place of its backend."""

    app: AppName
    service: AppName
    """What the route names: the app's own Service, or one that leads to the sidecar."""
    backend: str
    """``namespace/name`` of the Service that it stands in for."""
    pods: PolicyTarget
    """The pods behind that Service, as policies know them."""
    sidecar: bool = False
    """Whether they have one that enforces policies."""
    assumed: str = ""
    """What the folder does not say about the pods."""
    no_sidecar: str = ""
    """What in the folder says that the pods have none."""

    def reached_by(self, policy: Found) -> bool:
        """Whether the sidecar enforces this policy."""
        return self.sidecar and self.selected_by(policy)

    def selected_by(self, policy: Found) -> bool:
        """Whether the policy is for the pods, enforced or not."""
        return _reaches(policy.manifest, self.pods)


class StandIns:
    """All of a check, made as routes ask for them.

    Args:
        folder: where Services, Deployments and Namespaces tell about pods.
        policies: those that reach no gateway.
        not_enforceable: those among them that a sidecar here cannot enforce; the pods that they reach get none.
    """

    def __init__(
        self, folder: Folder, policies: Iterable[Found] = (), not_enforceable: Iterable[Found] = ()
    ) -> None:
        self._folder = folder
        self._policies, self._not_enforceable = tuple(policies), tuple(not_enforceable)
        self._made: dict[AppName, StandIn] = {}

    def __iter__(self) -> Iterator[StandIn]:
        return iter(self._made.values())

    def by_service(self) -> Mapping[str, StandIn]:
        return {str(each.service): each for each in self}

    def of(self, route: Found, namespace: str, name: str) -> AppName:
        """The Service, in the route's namespace, that stands in for a Service which the route names."""
        own = namespace == route.namespace
        label = _label(name if own else f"{name}-of-{namespace}")
        pods, assumed = self._pods(namespace, name)
        no_sidecar = self._no_sidecar(pods)
        if self._needs_sidecar(pods) and not no_sidecar:
            service = AppName(route.namespace, _label(f"{label}-by-sidecar"))
            app = AppName(namespace, _label(name))
            made = StandIn(app, service, f"{namespace}/{name}", pods, sidecar=True, assumed=assumed)
        else:
            app = service = AppName(route.namespace, label)
            made = StandIn(app, service, f"{namespace}/{name}", pods, no_sidecar=no_sidecar)
        self._made.setdefault(service, made)
        return service

    def _pods(self, namespace: str, name: str) -> tuple[PolicyTarget, str]:
        """The pods behind a Service, and what had to be assumed about them."""
        services = [
            each
            for each in self._folder.of("", "Service")
            if (each.namespace, each.name) == (namespace, name)
        ]
        selector: Mapping[str, str] = (services[0].spec.get("selector") or {}) if services else {}
        wanted = selector or {"app": name}
        for labels in _pod_labels(self._folder, namespace):
            if wanted.items() <= labels.items():
                return PolicyTarget(namespace, labels), f"the pods of {namespace}/{name} have a sidecar"
        shown = ", ".join(f"{key}={value}" for key, value in sorted(wanted.items()))
        assumed = f"the pods of {namespace}/{name} have a sidecar and the labels {shown}"
        return PolicyTarget(namespace, dict(wanted)), assumed

    def _needs_sidecar(self, pods: PolicyTarget) -> bool:
        """Whether one is needed for the policies, and can enforce them all."""
        wanted = any(_reaches(each.manifest, pods) for each in self._policies)
        return wanted and not any(_reaches(each.manifest, pods) for each in self._not_enforceable)

    def _no_sidecar(self, pods: PolicyTarget) -> str:
        """What in the folder says that the pods have no sidecar; empty if nothing does."""
        if pods.labels.get(_INJECT_POD) == "false":
            return f"their label {_INJECT_POD} is false"
        for each in self._folder.of("", "Namespace"):
            labels = each.manifest["metadata"].get("labels") or {}
            if each.name == pods.namespace and labels.get(_INJECTED) == "disabled":
                return f"{each} has the label {_INJECTED}=disabled"
            if each.name == pods.namespace and labels.get(_DATAPLANE) == "ambient":
                return f"{each} has the label {_DATAPLANE}=ambient"
        return ""


def _reaches(policy: Manifest, pods: PolicyTarget) -> bool:
    return selection.policy_reaches(policy, pods, ROOT_NAMESPACE)


def _pod_labels(folder: Folder, namespace: str) -> Iterator[dict[str, str]]:
    kinds: Sequence[str] = ("Deployment", "StatefulSet", "DaemonSet")
    for each in (found for kind in kinds for found in folder.of("apps", kind)):
        if each.namespace == namespace:
            template = each.spec.get("template") or {}
            yield dict((template.get("metadata") or {}).get("labels") or {})


def _label(text: str) -> str:
    return "".join(each if each.isalnum() or each == "-" else "-" for each in text.lower())[:63].strip("-")
