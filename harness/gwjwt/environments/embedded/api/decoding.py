"""Reading the object in a request: its type, its fields, its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.pruning import conform
from gwjwt.environments.embedded.api.resources import Manifest, Resource
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
        BadRequest: as ``decode``, or it brings owners of its own.
    """
    shaped = _decode(resource, body, options, defaults=False)
    if shaped["metadata"].get("managedFields"):
        raise BadRequest("metadata.managedFields must be nil")
    return shaped


def with_defaults(resource: Resource, manifest: Manifest) -> Manifest:
    """The object with the defaults of its schema."""
    filled: Manifest = conform(resource.schema, manifest, "", [])
    return filled


def _decode(resource: Resource, body: Any, options: WriteOptions, *, defaults: bool) -> Manifest:
    if not isinstance(body, dict):
        raise BadRequest(
            f"the object provided is unrecognized (must be of type {resource.kind}): not a JSON object"
        )
    _check_type(resource, body)
    body = {**body, "apiVersion": resource.api_version, "kind": resource.kind}
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        body["metadata"] = _without_nulls(metadata)
    elif metadata is None:
        body["metadata"] = {}
    if not resource.habits.custom:
        body = _without_nulls(body)
    unknown: list[str] = []
    shaped: Manifest = conform(resource.schema, body, "", unknown, defaults=defaults)
    if unknown:
        _report_unknown(resource, unknown, options)
    _check_readable(resource, shaped)
    return shaped


def _check_type(resource: Resource, body: Mapping[str, Any]) -> None:
    version, kind = body.get("apiVersion"), body.get("kind")
    if resource.habits.custom and not kind:
        raise BadRequest("Object 'Kind' is missing in the request")
    if resource.habits.custom and not version:
        raise BadRequest("Object 'apiVersion' is missing in the request")
    if version not in {None, "", resource.api_version}:
        raise BadRequest(
            f"the API version in the data ({version}) does not match the expected API version ({resource.api_version})"
        )
    if kind not in {None, "", resource.kind}:
        raise BadRequest(
            f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"the kind in the data does not match the expected kind"
        )


def _without_nulls(value: Any) -> Any:
    """A typed kind reads null as "not given"."""
    if isinstance(value, dict):
        return {name: _without_nulls(child) for name, child in value.items() if child is not None}
    return value


def _report_unknown(resource: Resource, unknown: list[str], options: WriteOptions) -> None:
    notes = [f'unknown field "{path}"' for path in unknown]
    if options.strictness == "Strict":
        raise BadRequest(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"strict decoding error: {', '.join(notes)}"
        )
    if options.strictness == "Warn":
        options.warnings.extend(notes)


def _check_readable(resource: Resource, manifest: Manifest) -> None:
    """Typed kinds, and the metadata of all kinds, are read before anything is validated."""
    read = manifest if not resource.habits.custom else {"metadata": manifest["metadata"]}
    for error in type_errors(resource.schema, read):
        expected = error.detail.rpartition("must be of type ")[2].partition(":")[0]
        owner = "ObjectMeta" if error.field.startswith("metadata") else resource.kind
        raise BadRequest(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"json: cannot unmarshal {_GO_TYPES.get(error.value, error.value)} into Go struct field "
            f"{owner}.{error.field} of type {_GO_TYPES.get(expected, expected)}"
        )
