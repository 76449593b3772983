"""What the API server refuses of the kinds of Kubernetes itself beyond their schemas.

Source: ``validation.go`` of ``pkg/apis/core`` and ``pkg/apis/autoscaling``, Kubernetes 1.34.
"""

from __future__ import annotations

import re
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.environments.embedded.api.names import label_key_problems, label_value_problems
from gwjwt.environments.embedded.api.resources import Manifest

_LAST_PORT = 65535
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_CONFIG_KEY = re.compile("[-._a-zA-Z0-9]+")
_CONFIG_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def check_service(new: Manifest, old: Manifest | None) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = new.get("spec", {})
    ports = spec.get("ports", [])
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        errors.append(complaint.required("spec.ports"))
    for index, port in enumerate(ports):
        errors.extend(_port_errors(f"spec.ports[{index}]", port, several=len(ports) > 1))
    errors.extend(_repeated_ports(ports))
    for key, value in spec.get("selector", {}).items():
        errors.extend(complaint.invalid("spec.selector", key, rule) for rule in label_key_problems(key))
        errors.extend(complaint.invalid("spec.selector", value, rule) for rule in label_value_problems(value))
    if spec.get("type") not in _SERVICE_TYPES:
        errors.append(complaint.not_supported("spec.type", spec.get("type"), _SERVICE_TYPES))
    if old and old["spec"].get("clusterIP") not in {None, "", "None", spec.get("clusterIP")}:
        detail = "may not change once set"
        errors.append(complaint.invalid("spec.clusterIPs[0]", [spec.get("clusterIP")], detail))
    return errors


def _port_errors(where: str, port: dict[str, Any], *, several: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if several and not port.get("name"):
        errors.append(complaint.required(f"{where}.name"))
    for name in ("port", "targetPort"):
        number = port.get(name) or 0
        if not isinstance(number, str) and not 1 <= number <= _LAST_PORT:
            detail = f"must be between 1 and {_LAST_PORT}, inclusive"
            errors.append(complaint.invalid(f"{where}.{name}", number, detail))
    if port["protocol"] not in _PROTOCOLS:
        errors.append(complaint.not_supported(f"{where}.protocol", port["protocol"], _PROTOCOLS))
    return errors


def _repeated_ports(ports: list[dict[str, Any]]) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        name, number = port.get("name"), (port["protocol"], port.get("port") or 0)
        if name and name in names:
            errors.append(complaint.duplicate(f"spec.ports[{index}].name", name))
        if number in numbers:
            shown = {"Name": "", "Protocol": number[0], "AppProtocol": None, "Port": number[1],
                     "TargetPort": 0, "NodePort": 0}  # fmt: skip
            errors.append(complaint.duplicate(f"spec.ports[{index}]", shown))
        names.add(name or "")
        numbers.add(number)
    return errors


def check_config_map(new: Manifest, old: Manifest | None) -> list[FieldError]:
    data, binary = new.get("data", {}), new.get("binaryData", {})
    errors = _key_errors("data", data) + _key_errors("binaryData", binary)
    errors.extend(
        complaint.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        for key in data
        if key in binary
    )
    return errors + _immutable(new, old, ("data", "binaryData"))


def check_secret(new: Manifest, old: Manifest | None) -> list[FieldError]:
    errors = _key_errors("data", new.get("data", {})) + _immutable(new, old, ("data",))
    if old is not None and old.get("type") != new.get("type"):
        errors.append(complaint.invalid("type", new.get("type"), "field is immutable"))
    return errors


def _key_errors(field: str, data: dict[str, Any]) -> list[FieldError]:
    return [
        complaint.invalid(f"{field}[{key}]", key, _CONFIG_KEY_RULE)
        for key in data
        if not _CONFIG_KEY.fullmatch(key)
    ]


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


def check_autoscaler(new: Manifest, _old: Manifest | None) -> list[FieldError]:
    spec = new["spec"]
    errors = _scaled_errors("spec.scaleTargetRef", spec.get("scaleTargetRef", {}))
    least, most = spec["minReplicas"], spec.get("maxReplicas", 0)
    if least < 1:
        errors.append(complaint.invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        errors.append(complaint.invalid("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        detail = "must be greater than or equal to `minReplicas`"
        errors.append(complaint.invalid("spec.maxReplicas", most, detail))
    if least == 0 and not any(each.get("type") in {"Object", "External"} for each in spec["metrics"]):
        detail = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(complaint.forbidden("spec.metrics", detail))
    return errors


def _scaled_errors(where: str, reference: dict[str, Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("kind", "name"):
        given = reference.get(name)
        if not given:
            errors.append(complaint.required(f"{where}.{name}"))
        elif "/" in given:
            errors.append(complaint.invalid(f"{where}.{name}", given, "may not contain '/'"))
    version, detail = reference.get("apiVersion", ""), ""
    if version.count("/") > 1:
        detail = f"unexpected GroupVersion string: {version}"
    elif "/" not in version and reference.get("kind") != "ReplicationController":
        detail = "apiVersion must specify API group"
    if detail:
        errors.append(complaint.invalid(f"{where}.apiVersion", version, detail))
    return errors
