"""OpenAPI v3 documents, one for each group and version: what kubectl needs to validate, patch and explain.

Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/ (OpenAPI V3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api.registry import Registry
from gwjwt.environments.embedded.api.resources import OBJECT_META, Resource

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


def index(registry: Registry) -> dict[str, Any]:
    """The document under ``/openapi/v3``: where the others are."""
    paths = {
        _root(one): {"serverRelativeURL": f"/openapi/v3/{_root(one)}?hash={registry.generation}"}
        for one in registry
    }
    return {"paths": paths}


def document(registry: Registry, root: str) -> dict[str, Any] | None:
    """The document of one group and version (``apis/apps/v1``), or None when it is not served."""
    resources = [one for one in registry if _root(one) == root]
    if not resources:
        return None
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {_META: _described(OBJECT_META, "Standard object's metadata.")}
    for one in resources:
        paths.update(_paths(one))
        schemas[_component(one)] = _object_schema(one)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.34.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _root(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def _component(resource: Resource) -> str:
    return ".".join(
        [
            *reversed(resource.group.split(".") if resource.group else ["core"]),
            resource.version,
            resource.kind,
        ]
    )


def _paths(resource: Resource) -> dict[str, Any]:
    base = (
        f"/{_root(resource)}"
        + ("/namespaces/{namespace}" if resource.namespaced else "")
        + f"/{resource.plural}"
    )
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    reference = {"$ref": f"#/components/schemas/{_component(resource)}"}
    answer = {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}}
    write = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _WRITE_PARAMETERS]
    patch_types = [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/apply-patch+yaml",
    ]
    if not resource.habits.custom:
        patch_types.append("application/strategic-merge-patch+json")

    def operation(action: str, **more: Any) -> dict[str, Any]:
        return {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind,
            "responses": answer,
            **more,
        }

    body = {"content": {"*/*": {"schema": reference}}}
    patch = {"content": {one: {"schema": {"type": "object"}} for one in patch_types}}
    return {
        base: {
            "get": operation("list"),
            "post": operation("post", parameters=write, requestBody=body),
        },
        f"{base}/{{name}}": {
            "get": operation("get"),
            "put": operation("put", parameters=write, requestBody=body),
            "patch": operation("patch", parameters=write, requestBody=patch),
            "delete": operation("delete", parameters=write),
        },
    }


def _object_schema(resource: Resource) -> dict[str, Any]:
    source: Mapping[str, Any] = resource.schema_source
    if not resource.habits.custom:
        source = _with_patch_strategies(source)
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"allOf": [{"$ref": f"#/components/schemas/{_META}"}], "default": {}},
        **source.get("properties", {}),
    }
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return {
        **source,
        "description": source.get("description", resource.kind),
        "properties": properties,
        "x-kubernetes-group-version-kind": [kind],
    }


def _with_patch_strategies(source: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with what a strategic merge patch goes by: which lists merge, and by which key."""
    marked = dict(source)
    list_type = source.get("x-kubernetes-list-type", "atomic")
    if list_type != "atomic":
        marked["x-kubernetes-patch-strategy"] = "merge"
    if list_type == "map":
        marked["x-kubernetes-patch-merge-key"] = source["x-kubernetes-list-map-keys"][0]
    if "properties" in source:
        marked["properties"] = {
            name: _with_patch_strategies(child) for name, child in source["properties"].items()
        }
    if "items" in source:
        marked["items"] = _with_patch_strategies(source["items"])
    return marked


def _described(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {**schema, "description": text}
