"""What the kinds of Kubernetes itself do beyond their schemas: the fields that the API server fills in and checks."""

from __future__ import annotations

import base64
import itertools
from functools import partial

from gwjwt.environments.embedded.api.kind_rules import (
    check_autoscaler,
    check_config_map,
    check_secret,
    check_service,
)
from gwjwt.environments.embedded.api.resources import Habits, Manifest

_addresses = itertools.count(1)
_FIRST_EPHEMERAL_OCTET = 256


def _prepare_namespace(new: Manifest, old: Manifest | None) -> None:
    labels = {**new["metadata"].get("labels", {}), "kubernetes.io/metadata.name": new["metadata"]["name"]}
    new["metadata"]["labels"] = labels
    if old is None:
        new["spec"] = {}
        new["status"] = {"phase": "Active"}


def _allocate_namespace(new: Manifest, old: Manifest | None) -> None:
    if old is None:
        new["spec"] = {"finalizers": ["kubernetes"]}


def _prepare_secret(new: Manifest, _old: Manifest | None) -> None:
    new.setdefault("type", "Opaque")
    plain = new.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        new["data"] = {**new.get("data", {}), **encoded}


def _prepare_service(new: Manifest, old: Manifest | None) -> None:
    spec = {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
        **new.get("spec", {}),
    }
    if spec["type"] == "ExternalName":
        spec.pop("internalTrafficPolicy")
    if "ports" in spec:
        spec["ports"] = [
            {**port, "targetPort": port.get("targetPort") or port.get("port")} for port in spec["ports"]
        ]
    new["spec"] = spec
    if old is None:
        new["status"] = {"loadBalancer": {}}


def _allocate_service(new: Manifest, old: Manifest | None) -> None:
    spec = {**new["spec"]}
    before = (old or {}).get("spec", {})
    if spec["type"] != "ExternalName":
        spec.setdefault("clusterIP", before.get("clusterIP") or _next_cluster_ip())
        spec.setdefault("clusterIPs", [spec["clusterIP"]])
        anywhere = spec["clusterIP"] == "None" and not spec.get("selector")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if anywhere else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if anywhere else "SingleStack")
    new["spec"] = spec


def _next_cluster_ip() -> str:
    high, low = divmod(next(_addresses), _FIRST_EPHEMERAL_OCTET)
    return f"10.96.{high % _FIRST_EPHEMERAL_OCTET}.{low}"


def _prepare_pod(new: Manifest, old: Manifest | None) -> None:
    if old is None:
        new["status"] = {"phase": "Pending", **new.get("status", {})}


def _prepare_event(new: Manifest, _old: Manifest | None) -> None:
    new.setdefault("reportingComponent", "")
    new.setdefault("reportingInstance", "")
    new.setdefault("source", {})
    for name in ("eventTime", "firstTimestamp", "lastTimestamp"):
        new.setdefault(name, None)


def _prepare_deployment(new: Manifest, old: Manifest | None) -> None:
    if old is None:
        new["status"] = {}


def _prepare_autoscaler(new: Manifest, old: Manifest | None) -> None:
    spec = {"minReplicas": 1, **new.get("spec", {})}
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    new["spec"] = spec
    if old is None:
        new["status"] = {"desiredReplicas": 0, "currentMetrics": None}


_built_in = partial(Habits, custom=False, generation=False)


HABITS = {
    "Namespace": _built_in(
        name="label", prepare=_prepare_namespace, allocate=_allocate_namespace, selectable=("status.phase",)
    ),
    "ConfigMap": _built_in(check=check_config_map),
    "Secret": _built_in(prepare=_prepare_secret, check=check_secret, selectable=("type",)),
    "ServiceAccount": _built_in(answers_with_deleted=True),
    "Service": _built_in(
        create_on_update=True,
        answers_with_deleted=True,
        name="service",
        prepare=_prepare_service,
        allocate=_allocate_service,
        check=check_service,
        selectable=("spec.clusterIP", "spec.type"),
    ),
    "Pod": _built_in(
        generation=True,
        answers_with_deleted=True,
        prepare=_prepare_pod,
        selectable=("status.phase", "spec.nodeName", "spec.serviceAccountName", "status.podIP"),
    ),
    "Event": _built_in(
        create_on_update=True,
        prepare=_prepare_event,
        selectable=(
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ),
    ),
    "Deployment": _built_in(generation=True, prepare=_prepare_deployment),
    "HorizontalPodAutoscaler": _built_in(
        prepare=_prepare_autoscaler,
        check=check_autoscaler,
        structures=("scaleTargetRef",),
    ),
    "Lease": _built_in(create_on_update=True),
    "EndpointSlice": _built_in(generation=True),
    "CustomResourceDefinition": _built_in(generation=True),
}
"""The habits of each kind of ``definitions/kubernetes.yaml``."""
