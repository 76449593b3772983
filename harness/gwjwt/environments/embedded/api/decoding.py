"""Reading the object in a request: its type, its fields, its defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api.errors import ApiRefusal, BadRequest, Unknown
from gwjwt.environments.embedded.api.json_objects import as_plain, duplicates
from gwjwt.environments.embedded.api.patches import go_type
from gwjwt.environments.embedded.api.pruning import conform
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.schema import Schema
from gwjwt.environments.embedded.api.validation import type_errors
from gwjwt.environments.embedded.api.write_options import WriteOptions

_GO_TYPES = {"string": "string", "integer": "number", "number": "number", "boolean": "bool"}


def decode(resource: Resource, body: Any, options: WriteOptions) -> Manifest:
    """The object in a request: of the right type, without unknown fields, with the defaults of its schema.

    Raises:
        BadRequest: it is of another type, or its fields cannot be read.
    """
    return _decode(resource, body, options, defaults=True)


def decode_configuration(resource: Resource, body: Any, options: WriteOptions) -> Manifest:
    """What an applier states: as ``decode``, without defaults, since nobody owns those.

    Raises:
        BadRequest: it is of another type, or brings owners of its own.
        Unknown: its fields cannot be read, or the schema does not know them.
    """
    check_configuration(resource, body)
    shaped = _decode(resource, body, options, defaults=False)
    if shaped["metadata"].get("managedFields"):
        raise BadRequest("metadata.managedFields must be nil")
    return shaped


def with_defaults(resource: Resource, manifest: Manifest) -> Manifest:
    """The object with the defaults of its schema."""
    filled: Manifest = conform(resource.schema, manifest, "", [])
    return filled


def decode_patched(resource: Resource, body: Any, options: WriteOptions) -> Manifest:
    """What a patch has made of an object: as ``decode``, but what is wrong with it is the patch's fault.

    Raises:
        InvalidPatch: its fields cannot be read.
        WrongKind: it has become another kind.
    """
    try:
        return decode(resource, body, options)
    except Unreadable as refused:
        raise InvalidPatch(body, refused.problem) from refused


def _decode(resource: Resource, body: Any, options: WriteOptions, *, defaults: bool) -> Manifest:
    if not isinstance(body, dict):
        raise BadRequest(
            f"the object provided is unrecognized (must be of type {resource.kind}): not a JSON object"
        )
    _check_type(resource, body)
    twice = duplicates(body)
    if twice:
        body = as_plain(body)
    body = {**body, "apiVersion": resource.api_version, "kind": resource.kind}
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        body["metadata"] = _without_nulls(metadata)
    elif metadata is None:
        body["metadata"] = {}
    else:
        raise Unreadable(
            resource, f"json: cannot unmarshal {go_type(metadata)} into Go value of type v1.ObjectMeta"
        )
    if not resource.habits.custom:
        body = _read_nulls(resource.schema, body)
    unknown: list[str] = []
    shaped: Manifest = conform(resource.schema, body, "", unknown, defaults=defaults)
    if resource.habits.custom:
        unknown.sort()  # k8s.io/apiextensions-apiserver, schema/pruning: by path, not in the order of the object
    if unknown or twice:
        _report(resource, twice, unknown, options)
    _check_readable(resource, shaped)
    if not resource.habits.custom:
        _check_base64(resource, shaped)
    return shaped


def check_configuration(resource: Resource, body: Any) -> None:
    """Refuse a configuration that is not of the kind of the path, or does not fit its schema.

    Source: ``k8s.io/apimachinery/pkg/util/managedfields/internal`` (structuredmerge.go).

    Raises:
        BadRequest: the one.
        Unknown: the other.
    """
    if not isinstance(body, dict):
        return
    version, kind = body.get("apiVersion") or "/", body.get("kind") or ""
    if (version, kind) != (resource.api_version, resource.kind):
        shown = version if "/" in version else f"/{version}"
        raise BadRequest(f"invalid object type: {shown}, Kind={kind}")
    problem = misfit(resource.schema, body, "")
    if problem:
        name = (body.get("metadata") or {}).get("name", "")
        where = resource.api_version if resource.group else f"/{resource.version}"
        raise Unknown(
            f"failed to create typed patch object (/{name}; {where}, Kind={resource.kind}): {problem}"
        )


def misfit(schema: Schema, value: Any, path: str) -> str:
    """The first field that a schema does not know or that has another type; empty when all fits."""
    if isinstance(value, dict) and (schema.properties or schema.additional):
        for name in sorted(value):
            below = schema.child(name)
            if below is None and not schema.preserve:
                return f"{path}.{name}: field not declared in schema"
            problem = misfit(below, value[name], f"{path}.{name}") if below else ""
            if problem:
                return problem
    elif isinstance(value, list) and schema.items is not None:
        return next(
            filter(None, (misfit(schema.items, one, f"{path}[{at}]") for at, one in enumerate(value))), ""
        )
    elif schema.type == "array" and not isinstance(value, list | None):
        return f"{path}: expected list, got &{{{value}}}"
    elif schema.type == "string" and not isinstance(value, str | None):
        return f"{path}: expected string, got &value.valueUnstructured{{Value:{json.dumps(value)}}}"
    return ""


class Unreadable(BadRequest):
    """An object whose fields cannot be read; ``problem`` says why."""

    def __init__(self, resource: Resource, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {problem}'
        )


class InvalidPatch(ApiRefusal):
    """A patch after which the object cannot be read."""

    code, reason = 422, "Invalid"

    def __init__(self, patched: Any, problem: str) -> None:
        shown = json.dumps(json.dumps(patched, separators=(",", ":")))
        text = f"Invalid value: {shown}: {problem}"
        cause = {"reason": "FieldValueInvalid", "message": text, "field": "patch"}
        super().__init__(f' "" is invalid: patch: {text}', {"causes": [cause]})


class WrongKind(ApiRefusal):
    """A custom object of another kind of its group than the path says."""

    code, reason = 422, "Invalid"

    def __init__(self, resource: Resource, kind: str, name: str) -> None:
        text = f'Invalid value: "{kind}": must be {resource.kind}'
        cause = {"reason": "FieldValueInvalid", "message": text, "field": "kind"}
        details = {"name": name, "group": resource.group, "kind": kind, "causes": [cause]}
        super().__init__(f'{kind}.{resource.group} "{name}" is invalid: kind: {text}', details)


def _check_type(resource: Resource, body: Mapping[str, Any]) -> None:
    version, kind = body.get("apiVersion") or "", body.get("kind")
    if version != resource.api_version and (version or resource.habits.custom):
        raise BadRequest(
            f"the API version in the data ({version}) does not match the expected API version ({resource.api_version})"
        )
    if kind in {None, "", resource.kind}:
        return
    if resource.habits.custom:
        raise WrongKind(resource, str(kind), (body.get("metadata") or {}).get("name", ""))
    raise BadRequest(
        f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
        f"the kind in the data does not match the expected kind"
    )


def _read_nulls(schema: Schema, value: Any) -> Any:
    """A typed kind reads null as "not given", and in a map of texts as an empty one."""
    if not isinstance(value, dict):
        return value
    read: dict[str, Any] = {}
    for name, child in value.items():
        below = schema.child(name)
        if child is not None:
            read[name] = _read_nulls(below or Schema(), child)
        elif name not in schema.properties and below is not None and below.type == "string":
            read[name] = ""
    return read


def _without_nulls(value: Any) -> Any:
    """A typed kind reads null as "not given"."""
    if isinstance(value, dict):
        return {name: _without_nulls(child) for name, child in value.items() if child is not None}
    return value


def _report(resource: Resource, twice: list[str], unknown: list[str], options: WriteOptions) -> None:
    notes = [f'duplicate field "{path}"' for path in twice] + [f'unknown field "{path}"' for path in unknown]
    if options.strictness == "Strict":
        raise Unreadable(resource, f"strict decoding error: {', '.join(notes)}")
    if options.strictness == "Warn":
        options.warnings.extend(notes)


def _check_readable(resource: Resource, manifest: Manifest) -> None:
    """Typed kinds, and the metadata of all kinds, are read before anything is validated."""
    read = manifest if not resource.habits.custom else {"metadata": manifest["metadata"]}
    for error in type_errors(resource.schema, read):
        raise Unreadable(
            resource,
            f"json: cannot unmarshal {_GO_TYPES.get(error.value, error.value)} into Go struct field "
            f"{_go_field(resource, error.field)}",
        )


def _check_base64(resource: Resource, manifest: Manifest) -> None:
    """Refuse bytes that are no base64: a Secret's data and a ConfigMap's binaryData.

    Raises:
        Unreadable: with the place of the first wrong character.
    """
    field = {"Secret": "data", "ConfigMap": "binaryData"}.get(resource.kind, "")
    for text in manifest.get(field, {}).values():
        wrong = re.search(r"[^A-Za-z0-9+/=\r\n]", text)
        if wrong or len(re.sub(r"[\r\n]", "", text)) % 4:
            at = wrong.start() if wrong else len(text)
            raise Unreadable(resource, f"illegal base64 data at input byte {at}")


def _go_field(resource: Resource, path: str) -> str:
    """The field of a Go struct, and its type, that a field of an object is read into.

    Maps and lists have one field for all that is in them.
    """
    names: list[str] = []
    schema, owner = resource.schema, resource.kind
    shown = "object"
    for name in re.sub(r"\[[0-9]+\]", "", path).split("."):
        below = schema.properties.get(name)
        if schema.items is not None:
            schema = schema.items
            below = schema.properties.get(name)
        if below is None:
            shown = _go_name(schema.additional)
            break
        if schema.properties and names:
            owner = _GO_STRUCTS.get((resource.kind, *names), owner)
        names.append(name)
        schema = below
        shown = f"map[string]{_go_name(below.additional)}" if below.additional else _go_name(below)
    if names[0] == "metadata":
        owner = "ObjectMeta"
        names = names[1:] if resource.habits.custom else names
    return f"{owner}.{'.'.join(names)} of type {shown}"


_GO_STRUCTS = {
    ("Service", "spec"): "ServiceSpec",
    ("Service", "spec", "ports"): "ServicePort",
    ("HorizontalPodAutoscaler", "spec"): "HorizontalPodAutoscalerSpec",
    ("HorizontalPodAutoscaler", "spec", "scaleTargetRef"): "CrossVersionObjectReference",
}


def _go_name(schema: Schema | None) -> str:
    kind = (schema.type if schema else None) or "object"
    return {"integer": "int32", "boolean": "bool", "number": "float64"}.get(kind, kind)
