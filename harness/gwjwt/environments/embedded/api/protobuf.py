"""Request bodies in Kubernetes' protobuf, which ``kubectl create namespace`` and its like send.

Only the kinds that kubectl makes from its command line are known; anything else is refused as an unsupported media
type. Field numbers are those of ``k8s.io/api/core/v1/generated.proto`` and ``k8s.io/apimachinery``'s ``meta/v1``. An
empty field counts as not given, as the Go types have it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from gwjwt.environments.embedded.api.errors import BadRequest, UnsupportedMediaType

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _LENGTH = 0, 2

_Message = dict[int, tuple[str, Any]]
"""Field number to name and type: ``text``, ``int``, ``bool``, ``texts``, ``map``, ``bytes map``, ``int or string``, a
message, or a list of one message. A type of None is read over."""

_OBJECT_META: _Message = {
    1: ("name", "text"), 2: ("generateName", "text"), 3: ("namespace", "text"), 4: ("selfLink", None),
    5: ("uid", "text"), 6: ("resourceVersion", "text"), 7: ("generation", None), 8: ("creationTimestamp", None),
    11: ("labels", "map"), 12: ("annotations", "map"), 14: ("finalizers", "texts"),
}  # fmt: skip
_PORT: _Message = {
    1: ("name", "text"), 2: ("protocol", "text"), 3: ("port", "int"), 4: ("targetPort", "int or string"),
    5: ("nodePort", "int"), 6: ("appProtocol", "text"),
}  # fmt: skip
_SERVICE_SPEC: _Message = {
    1: ("ports", [_PORT]), 2: ("selector", "map"), 3: ("clusterIP", "text"), 4: ("type", "text"),
    5: ("externalIPs", "texts"), 7: ("sessionAffinity", "text"), 8: ("loadBalancerIP", "text"),
    9: ("loadBalancerSourceRanges", "texts"), 10: ("externalName", "text"), 11: ("externalTrafficPolicy", "text"),
    12: ("healthCheckNodePort", "int"), 13: ("publishNotReadyAddresses", "bool"), 18: ("clusterIPs", "texts"),
}  # fmt: skip
_ENVELOPE: _Message = {
    1: ("type", {1: ("apiVersion", "text"), 2: ("kind", "text")}), 2: ("raw", "bytes"),
    3: ("contentEncoding", None), 4: ("contentType", None),
}  # fmt: skip
_KINDS: dict[tuple[str, str], _Message] = {
    ("v1", "Namespace"): {1: ("metadata", _OBJECT_META), 2: ("spec", None), 3: ("status", None)},
    ("v1", "ConfigMap"): {
        1: ("metadata", _OBJECT_META), 2: ("data", "map"), 3: ("binaryData", "bytes map"), 4: ("immutable", "bool"),
    },
    ("v1", "Secret"): {
        1: ("metadata", _OBJECT_META), 2: ("data", "bytes map"), 3: ("type", "text"), 4: ("stringData", "map"),
        5: ("immutable", "bool"),
    },
    ("v1", "ServiceAccount"): {1: ("metadata", _OBJECT_META), 4: ("automountServiceAccountToken", "bool")},
    ("v1", "Service"): {1: ("metadata", _OBJECT_META), 2: ("spec", _SERVICE_SPEC), 3: ("status", None)},
}  # fmt: skip


def read_protobuf(raw: bytes) -> dict[str, Any]:
    """The object in a protobuf body.

    Raises:
        BadRequest: it is not protobuf.
        UnsupportedMediaType: its kind, or a field in it, is not known here.
    """
    if not raw.startswith(_MAGIC):
        raise BadRequest(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
        )
    try:
        envelope = _read(_ENVELOPE, raw[len(_MAGIC) :])
        kind = envelope.get("type", {})
        message = _KINDS.get((kind.get("apiVersion", ""), kind.get("kind", "")))
        if message is None:
            raise UnsupportedMediaType(f"{kind} is not served as {MEDIA_TYPE}, use application/json")
        return {**kind, **_read(message, envelope.get("raw", b""))}
    except (IndexError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is cut off or damaged: {error}") from error


def _read(message: _Message, raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(raw):
        if number not in message:
            raise UnsupportedMediaType(f"field {number} is not read from {MEDIA_TYPE}, use application/json")
        name, kind = message[number]
        if kind is None:
            continue
        if isinstance(kind, list):
            found.setdefault(name, []).append(_read(kind[0], _bytes(value)))
        elif kind == "texts":
            found.setdefault(name, []).append(_bytes(value).decode())
        elif kind in ("map", "bytes map"):
            entry = dict(_fields(_bytes(value)))
            content = _bytes(entry.get(2, b""))
            text = content.decode() if kind == "map" else base64.b64encode(content).decode()
            found.setdefault(name, {})[_bytes(entry[1]).decode()] = text
        else:
            single = _single(kind, value)
            if single not in ("", 0, {}, None, b""):
                found[name] = single
    return found


def _single(kind: Any, value: int | bytes) -> Any:
    if isinstance(kind, dict):
        return _read(kind, _bytes(value))
    if kind == "text":
        return _bytes(value).decode()
    if kind == "bytes":
        return value
    if kind == "int or string":
        parts = dict(_fields(_bytes(value)))
        return _bytes(parts.get(3, b"")).decode() if parts.get(1) else parts.get(2, 0)
    return bool(value) if kind == "bool" else value


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        number, wire = tag >> 3, tag & 7
        length_or_value, position = _varint(raw, position)
        if wire == _VARINT:
            yield number, length_or_value
        elif wire == _LENGTH:
            if position + length_or_value > len(raw):
                raise BadRequest("the body is cut off or damaged: unexpected EOF")
            yield number, raw[position : position + length_or_value]
            position += length_or_value
        else:
            raise BadRequest(f"the body is cut off or damaged: wire type {wire}")


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, position
        shift += 7


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    raise BadRequest("the body is cut off or damaged: a number where a text was expected")
