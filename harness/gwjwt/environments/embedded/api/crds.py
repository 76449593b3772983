"""CustomResourceDefinitions: what they define, and what is wrong with them.

Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.errors import NotImplementedHere
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.environments.embedded.api.resources import Column, Habits, Manifest, Resource


def defined_by(crd: Mapping[str, Any]) -> list[Resource]:
    """The resources that a definition serves, one for each served version."""
    spec = crd["spec"]
    names = with_all_names(spec["names"])
    storage = next(version["name"] for version in spec["versions"] if version["storage"])
    return [
        Resource(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            namespaced=spec["scope"] == "Namespaced",
            schema_source=version["schema"]["openAPIV3Schema"],
            singular=names["singular"],
            list_kind=names["listKind"],
            short_names=tuple(names.get("shortNames", ())),
            categories=tuple(names.get("categories", ())),
            storage_version=storage,
            status="status" in version.get("subresources", {}),
            columns=_columns(version),
            habits=Habits(
                selectable=tuple(one["jsonPath"].lstrip(".") for one in version.get("selectableFields", ()))
            ),
        )
        for version in spec["versions"]
        if version["served"]
    ]


def with_all_names(names: Mapping[str, Any]) -> dict[str, Any]:
    """The names of a definition with the ones that follow from its kind."""
    kind = names["kind"]
    return {
        **names,
        "singular": names.get("singular") or kind.lower(),
        "listKind": names.get("listKind") or f"{kind}List",
    }


def check_definition(crd: Manifest) -> list[FieldError]:
    """What is wrong with a definition that has the right types.

    Raises:
        NotImplementedHere: it asks for something that the embedded API does not do.
    """
    spec = crd["spec"]
    errors: list[FieldError] = []
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if crd["metadata"]["name"] != expected:
        detail = 'must be spec.names.plural+"."+spec.group'
        errors.append(complaint.invalid("metadata.name", crd["metadata"]["name"], detail))
    if sum(version["storage"] for version in spec["versions"]) != 1:
        shown = [version["name"] for version in spec["versions"]]
        detail = "must have exactly one version marked as storage version"
        errors.append(complaint.invalid("spec.versions", shown, detail))
    for index, version in enumerate(spec["versions"]):
        where = f"spec.versions[{index}].schema.openAPIV3Schema"
        schema = version.get("schema", {}).get("openAPIV3Schema")
        if schema is None:
            errors.append(complaint.required(where, "schemas are required"))
        elif schema.get("type") != "object":
            errors.append(
                complaint.invalid(f"{where}.type", schema.get("type", ""), "must be object at the root")
            )
        if "scale" in version.get("subresources", {}):
            raise NotImplementedHere("the scale subresource of a CustomResourceDefinition")
    if spec.get("conversion", {}).get("strategy", "None") != "None":
        raise NotImplementedHere("conversion webhooks of a CustomResourceDefinition")
    if spec.get("preserveUnknownFields"):
        instead = "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema"
        detail = f"cannot set to true, set {instead} instead"
        errors.append(complaint.invalid("spec.preserveUnknownFields", value=True, detail=detail))
    return errors


def accepted(crd: Manifest, now: str) -> Manifest:
    """The definition with all its names, and with the status that it has when its kind is served."""
    spec = crd["spec"]
    names = with_all_names(spec["names"])
    storage = next(version["name"] for version in spec["versions"] if version["storage"])
    before = crd.get("status", {})
    stored = list(dict.fromkeys([*before.get("storedVersions", ()), storage]))
    status = {
        "conditions": before.get("conditions")
        or [
            _condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
            _condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now),
        ],
        "acceptedNames": names,
        "storedVersions": stored,
    }
    return {**crd, "spec": {"conversion": {"strategy": "None"}, **spec, "names": names}, "status": status}


def _condition(kind: str, reason: str, message: str, now: str) -> dict[str, str]:
    return {"type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}


def _columns(version: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(
        Column(one["name"], one["type"], one["jsonPath"], one.get("description", ""), one.get("priority", 0))
        for one in version.get("additionalPrinterColumns", ())
    )
