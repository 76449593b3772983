"""What a request asks for: its path, its query and its body.

Source: Kubernetes documentation, "Kubernetes API Concepts".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api import protobuf
from gwjwt.environments.embedded.api.errors import ApiRefusal, BadRequest, UnsupportedMediaType
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.environments.embedded.api.json_objects import read_json
from gwjwt.environments.embedded.api.patches import go_type
from gwjwt.environments.embedded.api.write_options import WriteOptions
from gwjwt.yaml_documents import document

_BODY_TYPES = ("application/json", "application/yaml", protobuf.MEDIA_TYPE)
_LONGEST_MANAGER = 128


@dataclass(frozen=True)
class ResourcePath:
    """The parts of ``/apis/<group>/<version>/namespaces/<namespace>/<plural>/<name>/<subresource>``."""

    group: str
    version: str
    plural: str
    namespace: str | None = None
    name: str | None = None
    subresource: str = ""


def parse_path(path: str) -> ResourcePath | None:
    """The parts of a resource's path, or None when the path is not one."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"]:
        group, version, rest = "", parts[1] if len(parts) > 1 else "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 2:  # noqa: PLR2004 - apis, group, version
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if not rest:
        return None
    namespace = None
    inside = rest[0] == "namespaces" and len(rest) > 2  # noqa: PLR2004 - namespaces, its name, what is in it
    if inside and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *more = [*rest, "", ""] if len(rest) < 3 else rest  # noqa: PLR2004 - all three are there
    if any(more):
        return None
    return ResourcePath(group, version, plural, namespace, name or None, subresource)


def is_true(query: Mapping[str, str], name: str) -> bool:
    """A boolean parameter: there, and neither ``0`` nor ``false``."""
    return name in query and query[name].lower() not in {"0", "false"}


def write_options(query: Mapping[str, str], headers: Mapping[str, str], kind: str) -> WriteOptions:
    """The parameters of a write; ``kind`` names them in complaints (``CreateOptions``).

    Raises:
        InvalidOptions: a parameter has a value that it cannot have.
    """
    dry_run = query.get("dryRun", "")
    if dry_run not in {"", "All"}:
        raise InvalidOptions(kind, complaint.not_supported("dryRun", [dry_run], ["All"]))
    strictness: Any = query.get("fieldValidation") or "Warn"
    if strictness not in {"Strict", "Warn", "Ignore"}:
        valid = ["", "Ignore", "Strict", "Warn"]
        raise InvalidOptions(kind, complaint.not_supported("fieldValidation", strictness, valid))
    agent = headers.get("User-Agent", "").partition("/")[0]
    manager = query.get("fieldManager") or agent or "unknown"
    if len(manager) > _LONGEST_MANAGER:
        raise InvalidOptions(kind, complaint.too_long("fieldManager", _LONGEST_MANAGER))
    if kind != "PatchOptions" and "force" in query:
        raise InvalidOptions(kind, complaint.forbidden("force", "may not be specified for non-apply patch"))
    return WriteOptions(manager, dry_run == "All", strictness)


class InvalidOptions(ApiRefusal):
    """A parameter of the request is wrong."""

    code, reason = 422, "Invalid"

    def __init__(self, kind: str, error: FieldError) -> None:
        cause = {"reason": error.reason, "message": error.body, "field": error.field}
        details = {"group": "meta.k8s.io", "kind": kind, "causes": [cause]}
        super().__init__(f'{kind}.meta.k8s.io "" is invalid: {error}', details)


def media_type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def read_body(raw: bytes, content_type: str | None, wanted: str) -> Any:
    """The object of the ``wanted`` kind in a request's body.

    Raises:
        UnsupportedMediaType, BadRequest: it is neither JSON nor YAML, or cannot be parsed.
    """
    kind = media_type(content_type) or "application/json"
    if kind not in _BODY_TYPES:
        raise UnsupportedMediaType(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(_BODY_TYPES)}"
        )
    if kind == protobuf.MEDIA_TYPE:
        return protobuf.read_protobuf(raw)
    return parse_yaml(raw) if kind == "application/yaml" else _read_object(raw, wanted)


def _read_object(raw: bytes, wanted: str) -> Any:
    try:
        body = read_json(raw)
    except ValueError as error:
        raise _unrecognized(raw, wanted, f"{_PARSING}{_go_problem(raw, error)}") from error
    if not isinstance(body, dict):
        into = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        why = f"{_PARSING}json: cannot unmarshal {go_type(body)} into Go value of type {into}"
        raise _unrecognized(raw, wanted, why)
    return body


_PARSING = "couldn't get version/kind; json parse error: "
_SHOWN_BYTES = 70


def require_kind(body: Any, raw: bytes, wanted: str) -> None:
    """Refuse an object without a kind, which those of custom kinds need.

    Raises:
        BadRequest: always then.
    """
    if isinstance(body, dict) and not body.get("kind"):
        raise _unrecognized(raw, wanted, f"Object 'Kind' is missing in '{raw.decode(errors='replace')}'")


def _unrecognized(raw: bytes, wanted: str, why: str) -> BadRequest:
    """Source: ``summarizeData`` of ``k8s.io/apiserver/pkg/endpoints/handlers``."""
    cut = raw[:_SHOWN_BYTES]
    shown = (cut.decode(errors="replace") if raw[:1] == b"{" else cut.hex()) or "<empty>"
    dots = " ..." if len(raw) > _SHOWN_BYTES else ""
    return BadRequest(
        f"the object provided is unrecognized (must be of type {wanted}): {why} ({shown}{dots})"
    )


def _go_problem(raw: bytes, error: ValueError) -> str:
    """What Go's JSON decoder says of a text that ends too early; of others, what Python's says."""
    ends = isinstance(error, json.JSONDecodeError) and not raw[error.pos :].strip()
    return "unexpected end of JSON input" if ends else str(error)


def parse_patch(raw: bytes) -> Any:
    """The JSON of a patch.

    Raises:
        BadRequest: it is none.
    """
    try:
        return json.loads(raw)
    except ValueError as error:
        raise BadRequest(f"error decoding patch: {_go_problem(raw, error)}") from error


def parse_yaml(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw[:1] == b"{" else document(raw.decode())
    except (ValueError, yaml.YAMLError) as error:
        raise BadRequest(f"error decoding YAML: {error}") from error


Representation = Literal["Object", "Table", "PartialObjectMetadata"]


def wanted_representation(accept: str) -> Representation | None:
    """In which form the client wants objects; None when it takes no form that is served here."""
    if not accept:
        return "Object"
    for choice in accept.split(","):
        kind, *parameters = [part.strip() for part in choice.split(";")]
        if kind not in {"application/json", "*/*", "application/*"}:
            continue
        settings = dict(part.partition("=")[::2] for part in parameters)
        shape = settings.get("as", "")
        if shape == "Table" and settings.get("v") == "v1":
            return "Table"
        if shape in {"PartialObjectMetadata", "PartialObjectMetadataList"} and settings.get("v") == "v1":
            return "PartialObjectMetadata"
        if not shape:
            return "Object"
    return None
