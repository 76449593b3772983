"""What the API serves: kinds with their names, versions, schemas and habits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gwjwt.environments.embedded.api.schema import Schema, compile_schema

Manifest = dict[str, Any]
"""An object as JSON. Objects that the store hands out are shared: nobody changes them."""
Manifests = list[Manifest]

_TIME = {"type": "string", "format": "date-time"}
_LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
_STRING = {"type": "string"}
OBJECT_META = {
    "type": "object",
    "properties": {
        "name": _STRING,
        "generateName": _STRING,
        "namespace": _STRING,
        "selfLink": _STRING,
        "uid": _STRING,
        "resourceVersion": _STRING,
        "generation": {"type": "integer"},
        "creationTimestamp": {**_TIME, "nullable": True},
        "deletionTimestamp": {**_TIME, "nullable": True},
        "deletionGracePeriodSeconds": {"type": "integer"},
        "labels": {**_LABELS, "nullable": True},
        "annotations": {**_LABELS, "nullable": True},
        "finalizers": {
            "type": "array",
            "nullable": True,
            "items": _STRING,
            "x-kubernetes-list-type": "set",
        },
        "ownerReferences": {
            "type": "array",
            "nullable": True,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
            "items": {
                "type": "object",
                "x-kubernetes-map-type": "atomic",
                "properties": {
                    "apiVersion": _STRING,
                    "kind": _STRING,
                    "name": _STRING,
                    "uid": _STRING,
                    "controller": {"type": "boolean"},
                    "blockOwnerDeletion": {"type": "boolean"},
                },
            },
        },
        "managedFields": {
            "type": "array",
            "nullable": True,
            "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    },
}
METADATA = compile_schema(OBJECT_META)
_TYPE_META = Schema(type="string")


@dataclass(frozen=True)
class Column:
    """A column of a Table beside the name; ``path`` is the simple JSONPath of a CRD's printer column."""

    name: str
    type: str
    path: str
    description: str = ""
    priority: int = 0


@dataclass(frozen=True)
class Habits:
    """How a kind treats writes, where kinds differ."""

    custom: bool = True
    """Defined by a CustomResourceDefinition: no strategic merge patch, every replace needs a resourceVersion."""
    generation: bool = True
    """Whether ``metadata.generation`` counts the changes of what is wanted."""
    create_on_update: bool = False
    answers_with_deleted: bool = False
    """Whether a DELETE answers with the object instead of a Status."""
    name: str = "subdomain"
    """The form of its names: ``subdomain``, ``label`` (RFC 1123) or ``service`` (RFC 1035)."""
    prepare: Callable[[Manifest, Manifest | None], None] | None = None
    """Fills in the defaults that are no part of the schema; gets the new object and the old one."""
    allocate: Callable[[Manifest, Manifest | None], None] | None = None
    """Fills in what the API server decides after it has noted who owns which field; gets the same two."""
    check: Callable[[Manifest, Manifest | None], list[Any]] | None = None
    """What is wrong beyond the schema, as field errors; gets the new object and the old one."""
    selectable: tuple[str, ...] = ()
    """Fields beside name and namespace that a field selector may use."""
    structures: tuple[str, ...] = ()
    """Fields of the spec that a typed kind always has, so that nobody owns them, only what is in them."""


@dataclass(frozen=True)
class Resource:
    """One kind in one served version. ``schema_source`` is what stands in a definition; it is compiled on first use."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    schema_source: Mapping[str, Any] = field(repr=False, compare=False)
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    storage_version: str = ""
    status: bool = False
    """Whether ``/status`` is served, so that spec and status are written apart."""
    columns: tuple[Column, ...] = ()
    habits: Habits = Habits()

    @property
    def qualified(self) -> str:
        """The plural with its group, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def stored_as(self) -> str:
        """The apiVersion in which the store keeps its objects."""
        version = self.storage_version or self.version
        return f"{self.group}/{version}" if self.group else version

    @property
    def key(self) -> tuple[str, str]:
        """What all versions of a kind have in common."""
        return self.group, self.plural

    @cached_property
    def schema(self) -> Schema:
        """The whole object: what the definition says, with the type and the metadata that every object has."""
        schema = compile_schema(self.schema_source, f"{self.qualified}/{self.version}")
        schema.properties = {
            **schema.properties, "apiVersion": _TYPE_META, "kind": _TYPE_META, "metadata": METADATA,
        }  # fmt: skip
        return schema

    def compile(self) -> None:
        """Compile the schema now.

        Raises:
            NotImplementedHere: something in it is not evaluated here.
        """
        _ = self.schema

    @cached_property
    def unwritten(self) -> frozenset[str]:
        """The top-level fields that a write to the object itself leaves alone."""
        return frozenset({"status"}) if self.status else frozenset()
