"""Structural schemas (CustomResourceDefinition ``openAPIV3Schema``), compiled once and then walked many times.

Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", sections "Specifying a
structural schema", "Field pruning", "Defaulting" and "Merge strategy".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gwjwt.environments.embedded.api.cel import CelRule, compile_rule
from gwjwt.environments.embedded.api.errors import NotImplementedHere

_ANNOTATIONS = {"description", "title", "example", "externalDocs", "$schema", "id"}
_STRUCTURE = {
    "type", "format", "properties", "additionalProperties", "items", "nullable", "default",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource",
    "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations",
}  # fmt: skip
_CONSTRAINTS = {
    "required", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties", "uniqueItems",
    "allOf", "anyOf", "oneOf", "not",
}  # fmt: skip

_ABSENT: Any = object()


@dataclass(slots=True)
class Schema:
    """One level of a schema. Unset constraints are None, so that a walk only looks at what is there."""

    type: str | None = None
    format: str | None = None
    properties: dict[str, Schema] = field(default_factory=dict)
    additional: Schema | None = None
    items: Schema | None = None
    nullable: bool = False
    default: Any = _ABSENT
    preserve: bool = False
    int_or_string: bool = False
    embedded: bool = False
    list_type: str = "atomic"
    list_keys: tuple[str, ...] = ()
    atomic_map: bool = False
    rules: tuple[CelRule, ...] = ()
    constraints: Constraints | None = None
    with_defaults: tuple[tuple[str, Schema], ...] = ()
    has_rules: bool = False
    """Whether a rule stands here or deeper: most walks can leave out most branches."""

    @property
    def has_default(self) -> bool:
        return self.default is not _ABSENT

    def child(self, name: str) -> Schema | None:
        """The schema of a field: a declared property, or else the element of the map."""
        return self.properties.get(name) or self.additional


@dataclass(slots=True)
class Constraints:
    """What a value of the right type still has to fulfil."""

    required: tuple[str, ...] = ()
    enum: tuple[Any, ...] | None = None
    pattern: tuple[str, Callable[[str], object]] | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_properties: int | None = None
    max_properties: int | None = None
    all_of: tuple[Schema, ...] = ()
    any_of: tuple[Schema, ...] = ()
    one_of: tuple[Schema, ...] = ()
    negated: Schema | None = None


def compile_schema(source: Mapping[str, Any], where: str = "openAPIV3Schema") -> Schema:
    """Compile a structural schema.

    Raises:
        NotImplementedHere: a keyword or a CEL rule that the embedded API does not evaluate. It is never ignored.
    """
    unknown = source.keys() - _ANNOTATIONS - _STRUCTURE - _CONSTRAINTS
    if unknown:
        raise NotImplementedHere(f"{', '.join(sorted(unknown))} in a schema ({where})")
    schema = Schema(
        type=source.get("type"),
        format=source.get("format"),
        properties={
            name: compile_schema(child, f"{where}.properties[{name}]")
            for name, child in source.get("properties", {}).items()
        },
        nullable=source.get("nullable", False),
        default=source.get("default", _ABSENT),
        preserve=source.get("x-kubernetes-preserve-unknown-fields", False),
        int_or_string=source.get("x-kubernetes-int-or-string", False),
        embedded=source.get("x-kubernetes-embedded-resource", False),
        list_type=source.get("x-kubernetes-list-type", "atomic"),
        list_keys=tuple(source.get("x-kubernetes-list-map-keys", ())),
        atomic_map=source.get("x-kubernetes-map-type") == "atomic",
        rules=tuple(compile_rule(rule, where) for rule in source.get("x-kubernetes-validations", ())),
        constraints=_constraints(source, where),
    )
    if "items" in source:
        schema.items = compile_schema(source["items"], f"{where}.items")
    additional = source.get("additionalProperties")
    if isinstance(additional, Mapping):
        schema.additional = compile_schema(additional, f"{where}.additionalProperties")
    elif additional:
        schema.additional = Schema(preserve=True)
    schema.with_defaults = tuple(
        (name, child) for name, child in schema.properties.items() if child.has_default
    )
    below = [*schema.properties.values(), *filter(None, (schema.items, schema.additional))]
    schema.has_rules = bool(schema.rules) or any(child.has_rules for child in below)
    return schema


def _constraints(source: Mapping[str, Any], where: str) -> Constraints | None:
    if not source.keys() & _CONSTRAINTS:
        return None
    if source.get("uniqueItems"):
        raise NotImplementedHere(f"uniqueItems in a schema ({where}); structural schemas forbid it")

    def several(keyword: str) -> tuple[Schema, ...]:
        return tuple(compile_schema(one, f"{where}.{keyword}") for one in source.get(keyword, ()))

    pattern = source.get("pattern")
    return Constraints(
        required=tuple(source.get("required", ())),
        enum=tuple(source["enum"]) if "enum" in source else None,
        pattern=(pattern, re.compile(as_python_pattern(pattern)).search) if pattern else None,
        min_length=source.get("minLength"),
        max_length=source.get("maxLength"),
        min_items=source.get("minItems"),
        max_items=source.get("maxItems"),
        minimum=source.get("minimum"),
        maximum=source.get("maximum"),
        exclusive_minimum=source.get("exclusiveMinimum", False),
        exclusive_maximum=source.get("exclusiveMaximum", False),
        multiple_of=source.get("multipleOf"),
        min_properties=source.get("minProperties"),
        max_properties=source.get("maxProperties"),
        all_of=several("allOf"),
        any_of=several("anyOf"),
        one_of=several("oneOf"),
        negated=compile_schema(source["not"], f"{where}.not") if "not" in source else None,
    )


def as_python_pattern(pattern: str) -> str:
    """A Go (RE2) pattern for Python's ``re``: there, ``$`` would also match before a last line break."""
    translated, in_class, position = "", False, 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\" and position + 1 < len(pattern):
            pair = pattern[position : position + 2]
            translated += r"\Z" if pair == r"\z" else pair
            position += 2
            continue
        if character in "[]":
            in_class = character == "["
        translated += r"\Z" if character == "$" and not in_class else character
        position += 1
    return translated
