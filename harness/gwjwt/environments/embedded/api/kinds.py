"""What the kinds of Kubernetes itself do beyond their schemas: the fields that the API server fills in and checks."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.environments.embedded.api.resources import Habits, Manifest

_addresses = itertools.count(1)
_FIRST_EPHEMERAL_OCTET = 256


def _prepare_namespace(new: Manifest, old: Manifest | None) -> None:
    labels = {**new["metadata"].get("labels", {}), "kubernetes.io/metadata.name": new["metadata"]["name"]}
    new["metadata"]["labels"] = labels
    if old is None:
        new["spec"] = {"finalizers": ["kubernetes"]}
        new["status"] = {"phase": "Active"}


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
    before = (old or {}).get("spec", {})
    if spec["type"] == "ExternalName":
        spec.pop("internalTrafficPolicy")
    else:
        spec.setdefault("clusterIP", before.get("clusterIP") or _next_cluster_ip())
        spec.setdefault("clusterIPs", [spec["clusterIP"]])
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
    if "ports" in spec:
        spec["ports"] = [{"targetPort": port.get("port"), **port} for port in spec["ports"]]
    new["spec"] = spec
    if old is None:
        new["status"] = {"loadBalancer": {}}


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


def _check_service(new: Manifest, old: Manifest | None) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = new.get("spec", {})
    ports = spec.get("ports", [])
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        errors.append(complaint.required("spec.ports"))
    for index, port in enumerate(ports):
        where = f"spec.ports[{index}]"
        if len(ports) > 1 and not port.get("name"):
            errors.append(complaint.required(f"{where}.name"))
        if not 1 <= (port.get("port") or 0) <= _LAST_PORT:
            detail = f"must be between 1 and {_LAST_PORT}, inclusive"
            errors.append(complaint.invalid(f"{where}.port", port.get("port") or 0, detail))
    if old and old["spec"].get("clusterIP") not in {None, "", "None", spec.get("clusterIP")}:
        detail = "may not change once set"
        errors.append(complaint.invalid("spec.clusterIPs[0]", [spec.get("clusterIP")], detail))
    return errors


_LAST_PORT = 65535


def _check_config_map(new: Manifest, old: Manifest | None) -> list[FieldError]:
    return _immutable(new, old, ("data", "binaryData"))


def _check_secret(new: Manifest, old: Manifest | None) -> list[FieldError]:
    errors = _immutable(new, old, ("data",))
    if old is not None and old.get("type") != new.get("type"):
        errors.append(complaint.invalid("type", new.get("type"), "field is immutable"))
    return errors


def _immutable(new: Manifest, old: Manifest | None, names: tuple[str, ...]) -> list[FieldError]:
    if not old or not old.get("immutable"):
        return []
    errors = []
    if not new.get("immutable"):
        errors.append(complaint.forbidden("immutable", "field is immutable when `immutable` is set"))
    errors.extend(
        complaint.forbidden(name, "field is immutable when `immutable` is set")
        for name in names
        if old.get(name) != new.get(name)
    )
    return errors


_Prepare = Callable[[Manifest, Manifest | None], None]
_Check = Callable[[Manifest, Manifest | None], list[Any]]


def _built_in(
    *,
    generation: bool = False,
    create_on_update: bool = False,
    answers_with_deleted: bool = False,
    name: str = "subdomain",
    prepare: _Prepare | None = None,
    check: _Check | None = None,
    selectable: tuple[str, ...] = (),
) -> Habits:
    return Habits(
        custom=False,
        generation=generation,
        create_on_update=create_on_update,
        answers_with_deleted=answers_with_deleted,
        name=name,
        prepare=prepare,
        check=check,
        selectable=selectable,
    )


HABITS = {
    "Namespace": _built_in(name="label", prepare=_prepare_namespace, selectable=("status.phase",)),
    "ConfigMap": _built_in(check=_check_config_map),
    "Secret": _built_in(prepare=_prepare_secret, check=_check_secret, selectable=("type",)),
    "ServiceAccount": _built_in(answers_with_deleted=True),
    "Service": _built_in(
        create_on_update=True,
        answers_with_deleted=True,
        name="service",
        prepare=_prepare_service,
        check=_check_service,
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
    "Lease": _built_in(create_on_update=True),
    "EndpointSlice": _built_in(generation=True),
    "CustomResourceDefinition": _built_in(generation=True),
}
"""The habits of each kind of ``definitions/kubernetes.yaml``."""
