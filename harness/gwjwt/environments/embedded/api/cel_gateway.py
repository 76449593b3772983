"""The validation rules of the Gateway API that the embedded API understands, each as Python.

Source: the CustomResourceDefinitions of the Gateway API (``+kubebuilder:validation:XValidation`` of its Go types).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


class CelError(Exception):
    """A rule that cannot be evaluated for a value, in the words of the API server."""


_Holds = Callable[[Any], bool]
_Listener = Mapping[str, Any]
_PATH = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"
_HOSTNAME = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_PLAIN_TYPES = "(self.type in ['Exact','PathPrefix'])"


def _unique(keys: Iterable[Any]) -> bool:
    listed = list(keys)
    return all(listed.count(key) == 1 for key in listed)


def _has_certificates(tls: Mapping[str, Any]) -> bool:
    if tls["mode"] != "Terminate" or tls.get("certificateRefs") or tls.get("options"):
        return True
    for name in ("certificateRefs", "options"):
        if name not in tls:
            raise CelError(f"no such key: {name}")
    return False


def _of_all(holds: Callable[[_Listener], bool]) -> _Holds:
    return lambda listeners: all(holds(listener) for listener in listeners)


def _of_plain_paths(holds: Callable[[str], bool]) -> _Holds:
    return lambda path: path["type"] not in {"Exact", "PathPrefix"} or holds(path["value"])


def _lacks(text: str) -> _Holds:
    return _of_plain_paths(lambda value: text not in value)


def _ends_otherwise(text: str) -> _Holds:
    return _of_plain_paths(lambda value: not value.endswith(text))


def _is_hostname(address: Mapping[str, Any]) -> bool:
    is_valid = re.fullmatch(_HOSTNAME[1:-1], address.get("value", ""))
    return address["type"] != "Hostname" or "value" not in address or bool(is_valid)


def _differ(kind: str) -> _Holds:
    return lambda addresses: _unique(
        one["value"] for one in addresses if one["type"] == kind and "value" in one
    )


def _parent(reference: Mapping[str, Any]) -> tuple[str, ...]:
    return reference["group"], reference["kind"], reference["name"], reference.get("namespace", "")


def _all_or_none_name_sections(parents: Sequence[Mapping[str, Any]]) -> bool:
    with_section = {_parent(one) for one in parents if one.get("sectionName")}
    return all(one.get("sectionName") or _parent(one) not in with_section for one in parents)


def _is_valid_path(value: str) -> bool:
    return bool(re.fullmatch(_PATH[1:-1], value))


_GATEWAYS: dict[str, _Holds] = {
    "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)": _of_all(
        lambda one: one["protocol"] not in {"HTTP", "TCP", "UDP"} or "tls" not in one
    ),
    "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)": (
        _of_all(
            lambda one: (
                one["protocol"] != "HTTPS" or "tls" not in one or one["tls"]["mode"] in {"", "Terminate"}
            )
        )
    ),
    "self.all(l, (l.protocol == 'TLS' ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true))": _of_all(
        lambda one: one["protocol"] != "TLS" or bool(one.get("tls", {}).get("mode"))
    ),
    "self.all(l, l.protocol in ['TCP', 'UDP'] ? (!has(l.hostname) || l.hostname == '') : true)": _of_all(
        lambda one: one["protocol"] not in {"TCP", "UDP"} or not one.get("hostname")
    ),
    "self.all(l1, self.exists_one(l2, l1.name == l2.name))": (
        lambda listeners: _unique(one["name"] for one in listeners)
    ),
    "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && "
    "has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))": (
        lambda listeners: _unique((one["port"], one["protocol"], one.get("hostname")) for one in listeners)
    ),
    "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true": (
        _has_certificates
    ),
}
_IS_HOSTNAME = f'self.value.matches(r"""{_HOSTNAME}""")'
_ADDRESSES: dict[str, _Holds] = {
    f"self.type == 'Hostname' ? {_IS_HOSTNAME}: true": _is_hostname,
    f"self.type == 'Hostname' ? (!has(self.value) || {_IS_HOSTNAME}): true": _is_hostname,
    **{
        f"self.all(a1, a1.type == '{kind}' && has(a1.value) ? self.exists_one(a2, a2.type == a1.type && "
        "has(a2.value) && a2.value == a1.value) : true )": _differ(kind)
        for kind in ("IPAddress", "Hostname")
    },
}


def _alike(name: str, gap: str = "") -> str:
    return (
        f"(((!has(p1.{name}) || p1.{name} == '') && (!has(p2.{name}) || p2.{name} == '')) || "
        f"(has(p1.{name}) && has(p2.{name}) && p1.{name} == p2.{name}{gap}))"
    )


_SAME_PARENT = (
    f"p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && {_alike('__namespace__', gap=' ')}"
)
_PARENTS: dict[str, _Holds] = {
    f"self.all(p1, self.all(p2, {_SAME_PARENT} ? ((!has(p1.sectionName) || p1.sectionName == '') == "
    "(!has(p2.sectionName) || p2.sectionName == '')) : true))": _all_or_none_name_sections,
    f"self.all(p1, self.exists_one(p2, {_SAME_PARENT} && {_alike('sectionName')}))": (
        lambda parents: _unique((*_parent(one), one.get("sectionName", "")) for one in parents)
    ),
}
_PATHS: dict[str, _Holds] = {
    f"{_PLAIN_TYPES} ? self.value.startsWith('/') : true": _of_plain_paths(
        lambda value: value.startswith("/")
    ),
    **{
        f"{_PLAIN_TYPES} ? !self.value.contains('{text}') : true": _lacks(text)
        for text in ("//", "/./", "/../", "%2f", "%2F", "#")
    },
    **{
        f"{_PLAIN_TYPES} ? !self.value.endsWith('{text}') : true": _ends_otherwise(text)
        for text in ("/..", "/.")
    },
    f'{_PLAIN_TYPES} ? self.value.matches(r"""{_PATH}""") : true': _of_plain_paths(_is_valid_path),
}
_FILTERS = {
    "requestHeaderModifier": "RequestHeaderModifier",
    "responseHeaderModifier": "ResponseHeaderModifier",
    "requestMirror": "RequestMirror",
    "requestRedirect": "RequestRedirect",
    "urlRewrite": "URLRewrite",
    "extensionRef": "ExtensionRef",
}


def _only_with(name: str, kind: str) -> _Holds:
    return lambda chosen: name not in chosen or chosen["type"] == kind


def _always_with(name: str, kind: str) -> _Holds:
    return lambda chosen: name in chosen or chosen["type"] != kind


def _at_most_one(kind: str) -> _Holds:
    return lambda filters: sum(one["type"] == kind for one in filters) <= 1


def _matches_as_exact(name: str, pattern: str, flags: int = 0) -> _Holds:
    return lambda match: (
        match["type"] != "Exact" or name not in match or bool(re.fullmatch(pattern, match[name], flags))
    )


_SERVICE = r"\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*"
_METHOD = "[A-Za-z_][A-Za-z_0-9]*"
_IF_EXACT = "(!has(self.type) || self.type == 'Exact')"
_GRPC: dict[str, _Holds] = {
    "has(self.type) ? has(self.service) || has(self.method) : true": (
        lambda match: "service" in match or "method" in match
    ),
    f'{_IF_EXACT} && has(self.service) ? self.service.matches(r"""^(?i){_SERVICE}$"""): true': (
        _matches_as_exact("service", _SERVICE, re.IGNORECASE)
    ),
    f'{_IF_EXACT} && has(self.method) ? self.method.matches(r"""^{_METHOD}$"""): true': (
        _matches_as_exact("method", _METHOD)
    ),
    **{
        f"self.filter(f, f.type == '{kind}').size() <= 1": _at_most_one(kind)
        for kind in ("RequestHeaderModifier", "ResponseHeaderModifier")
    },
    "!(has(self.percent) && has(self.fraction))": lambda mirror: not {"percent", "fraction"} <= mirror.keys(),
    "self.numerator <= self.denominator": lambda fraction: fraction["numerator"] <= fraction["denominator"],
}

GATEWAY_RULES: dict[str, _Holds] = {
    **_GATEWAYS,
    **_ADDRESSES,
    **_PARENTS,
    **_PATHS,
    **_GRPC,
    **{
        f"!(has(self.{one}) && self.type != '{kind}')": _only_with(one, kind)
        for one, kind in _FILTERS.items()
    },
    **{
        f"!(!has(self.{one}) && self.type == '{kind}')": _always_with(one, kind)
        for one, kind in _FILTERS.items()
    },
    "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true": (
        lambda one: bool(one["group"]) or one["kind"] != "Service" or "port" in one
    ),
}
