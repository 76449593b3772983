"""The verbs of the API on resources: a request in, an answer out. Watches are served elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.deletion import NAMESPACES, Deleted, Deletion
from gwjwt.environments.embedded.api.errors import (
    ApiRefusal,
    BadRequest,
    MethodNotAllowed,
    NotSupported,
    PathNotFound,
    UnsupportedMediaType,
)
from gwjwt.environments.embedded.api.listing import as_list, list_objects, parse_version, selection
from gwjwt.environments.embedded.api.patches import go_type, json_patch, merge_patch, strategic_merge_patch
from gwjwt.environments.embedded.api.requests import (
    InvalidOptions,
    ResourcePath,
    is_true,
    media_type,
    parse_patch,
    parse_yaml,
    read_body,
    require_kind,
    write_options,
)
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.store import Store
from gwjwt.environments.embedded.api.write_options import WriteOptions

_APPLY = "application/apply-patch+yaml"
_STRATEGIC = "application/strategic-merge-patch+json"
_PATCH_TYPES = ("application/json-patch+json", "application/merge-patch+json")
_PROPAGATION = ("Foreground", "Background", "Orphan")


@dataclass(frozen=True)
class Call:
    """One request to a resource, with the whole body read."""

    method: str
    resource: Resource
    path: ResourcePath
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What a call returns; warnings are for the client's user."""

    code: int
    body: Manifest
    warnings: list[str] = field(default_factory=list)


def answer(store: Store, call: Call) -> Answer:
    """Do what a request asks for.

    Raises:
        ApiRefusal: it cannot be done.
    """
    path = call.path
    if path.subresource and not (path.subresource == "status" and call.resource.status and path.name):
        raise PathNotFound
    if path.namespace is not None and not call.resource.namespaced:
        raise PathNotFound
    if path.name is None:
        return _on_collection(store, call)
    if call.resource.namespaced and path.namespace is None:
        raise PathNotFound
    verb = _ON_OBJECT.get(call.method)
    if verb is None:
        raise MethodNotAllowed
    if path.subresource and call.method == "DELETE":
        raise NotSupported(call.resource, "delete") if call.resource.habits.custom else MethodNotAllowed
    return verb(store, call, path.name)


def _on_collection(store: Store, call: Call) -> Answer:
    resource, namespace = call.resource, call.path.namespace
    if call.method in {"GET", "HEAD"}:
        return Answer(200, list_objects(store, resource, namespace, call.query))
    if resource.namespaced and namespace is None:
        raise MethodNotAllowed
    if call.method == "POST":
        options = write_options(call.query, call.headers, "CreateOptions")
        body = _object(call)
        with _telling(options):
            created = store.create_in(resource, namespace, body, options)
        return Answer(201, created, options.warnings)
    if call.method == "DELETE" and resource.key != NAMESPACES:
        return _delete_collection(store, call)
    raise MethodNotAllowed


@contextmanager
def _telling(options: WriteOptions) -> Iterator[None]:
    """Let a refusal carry the warnings of the write."""
    try:
        yield
    except ApiRefusal as refusal:
        refusal.warnings = options.warnings
        raise


def _object(call: Call) -> Any:
    body = read_body(call.body, call.headers.get("Content-Type"), call.resource.kind)
    if call.resource.habits.custom:
        require_kind(body, call.body, call.resource.kind)
    return body


def _get(store: Store, call: Call, name: str) -> Answer:
    if call.query.get("resourceVersion"):
        parse_version(call.query["resourceVersion"])
    return Answer(200, store.read(call.resource, call.path.namespace, name))


def _replace(store: Store, call: Call, name: str) -> Answer:
    options = write_options(call.query, call.headers, "UpdateOptions")
    body = _object(call)
    status = call.path.subresource == "status"
    with _telling(options):
        written, created = store.replace_in(
            call.resource, call.path.namespace, name, body, options, status=status
        )
    return Answer(201 if created else 200, written, options.warnings)


def _patch(store: Store, call: Call, name: str) -> Answer:
    kind = media_type(call.headers.get("Content-Type"))
    options = write_options(call.query, call.headers, "PatchOptions")
    status = call.path.subresource == "status"
    if kind == _APPLY:
        return _apply(store, call, name, options)
    if "force" in call.query:
        error = complaint.forbidden("force", "may not be specified for non-apply patch")
        raise InvalidOptions("PatchOptions", error)
    change = _patch_function(call.resource, kind, call.body)
    with _telling(options):
        written = store.patch_in(call.resource, call.path.namespace, name, change, options, status=status)
    return Answer(200, written, options.warnings)


def _patch_function(resource: Resource, kind: str, raw: bytes) -> Callable[[Manifest], Any]:
    """What a patch does to an object, by its media type."""
    accepted = [*_PATCH_TYPES, *(() if resource.habits.custom else (_STRATEGIC,)), _APPLY]
    if kind not in accepted:
        if not resource.habits.custom:
            raise UnsupportedMediaType("415: Unsupported Media Type", {})
        raise UnsupportedMediaType(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
        )
    patch = parse_patch(raw)
    if kind == "application/json-patch+json":
        return partial(json_patch, patch)
    if not isinstance(patch, dict):
        raise BadRequest(
            f"error decoding patch: json: cannot unmarshal {go_type(patch)} into Go value of type "
            "map[string]interface {}"
        )
    if kind == _STRATEGIC:
        return partial(strategic_merge_patch, resource.schema, patch)
    return partial(merge_patch, patch)


def _apply(store: Store, call: Call, name: str, options: WriteOptions) -> Answer:
    if not call.query.get("fieldManager"):
        error = complaint.required("fieldManager", "is required for apply patch")
        raise InvalidOptions("PatchOptions", error)
    written, created = store.apply_in(
        call.resource,
        call.path.namespace,
        name,
        parse_yaml(call.body),
        options,
        force=is_true(call.query, "force"),
        status=call.path.subresource == "status",
    )
    return Answer(201 if created else 200, written, options.warnings)


def _delete(store: Store, call: Call, name: str) -> Answer:
    deleted = store.delete_in(call.resource, call.path.namespace, name, _deletion(call))
    return Answer(200, _deleted(call.resource, deleted))


def _delete_collection(store: Store, call: Call) -> Answer:
    how = _deletion(call)
    selects = selection(call.resource, call.query)
    found = [
        manifest
        for manifest in store.select(call.resource, call.path.namespace)
        if selects is None or selects(manifest)
    ]
    for manifest in found:
        store.delete_in(call.resource, call.path.namespace, manifest["metadata"]["name"], how)
    return Answer(200, as_list(call.resource, found, {"resourceVersion": str(store.resource_version)}))


def _deletion(call: Call) -> Deletion:
    """The parameters of a DELETE, from its body or its query."""
    options = (
        read_body(call.body, call.headers.get("Content-Type"), "DeleteOptions") if call.body.strip() else {}
    )
    if not isinstance(options, dict):
        raise BadRequest("the body of a DELETE is DeleteOptions")
    options = options or {}
    policy = options.get("propagationPolicy") or call.query.get("propagationPolicy")
    if policy not in {None, *_PROPAGATION}:
        error = complaint.not_supported("propagationPolicy", policy, [*_PROPAGATION, "nil"])
        raise InvalidOptions("DeleteOptions", error)
    dry_run = options.get("dryRun") or ([call.query["dryRun"]] if call.query.get("dryRun") else [])
    if dry_run not in ([], ["All"]):
        raise InvalidOptions("DeleteOptions", complaint.not_supported("dryRun", dry_run, ["All"]))
    conditions = options.get("preconditions") or {}
    orphan = policy == "Orphan" or options.get("orphanDependents") is True
    return Deletion(conditions.get("uid"), conditions.get("resourceVersion"), orphan, dry_run == ["All"])


def _deleted(resource: Resource, deleted: Deleted) -> Manifest:
    """The object when it is still there or its kind answers so, otherwise that it is gone."""
    if not deleted.gone or resource.habits.answers_with_deleted:
        return deleted.object
    metadata = deleted.object["metadata"]
    details = {"name": metadata["name"], "kind": resource.plural, "uid": metadata["uid"]}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


_ON_OBJECT: dict[str, Callable[[Store, Call, str], Answer]] = {
    "GET": _get,
    "HEAD": _get,
    "PUT": _replace,
    "PATCH": _patch,
    "DELETE": _delete,
}
