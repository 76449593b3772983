"""Does an object fulfil its schema? Complaints are the API server's, word for word.

Source: the messages of ``k8s.io/kube-openapi/pkg/validation/errors`` as a Kubernetes 1.34 API server reports them for
custom resources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.cel_gateway import CelError
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.environments.embedded.api.schema import Constraints, Schema

_JSON_TYPES = {
    str: "string", bool: "boolean", int: "integer", float: "number",
    list: "array", dict: "object", type(None): "null",
}  # fmt: skip
_STOPS_RULES = {
    "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
}  # fmt: skip
_NOWHERE = "<nil>"
"""The field of a complaint that names none."""
_RULES_NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


def validate(
    schema: Schema, value: Any, earlier: Sequence[FieldError] = (), *, status: bool = False
) -> list[FieldError]:
    """All complaints about a whole object, behind ``earlier`` ones about its metadata; empty when it is valid.

    CEL rules are evaluated only when nothing else makes their evaluation unsafe, as the API server does.
    """
    found: list[FieldError] = []
    _check(schema, value, "", found)
    errors = [*earlier, *(error for i, error in enumerate(found) if error not in found[:i])]
    if status:
        errors = [_of_status(error) for error in errors]
    if schema.has_rules:
        if any(error.reason in _STOPS_RULES for error in errors):
            errors.append(complaint.invalid(_NOWHERE, None, _RULES_NOT_CHECKED))
        else:
            _check_rules(schema, value, "", errors)
    return errors


def _of_status(error: FieldError) -> FieldError:
    """A status is validated by itself: messages name the field from there on."""
    detail = error.detail.removeprefix("status.")
    if error.field == _NOWHERE:
        return replace(error, field="status", detail=detail.replace('"status.', '"', 1))
    return replace(error, detail=detail)


def type_errors(schema: Schema, value: Any) -> list[FieldError]:
    """Only what does not have the type that the schema says."""
    return [error for error in validate(schema, value) if error.reason == "FieldValueTypeInvalid"]


def _check(schema: Schema, value: Any, path: str, errors: list[FieldError]) -> None:
    if not _has_type(schema, value, path, errors):
        if schema.constraints is not None and value is not None:
            _check_enum(schema.constraints, value, path, errors)
            _check_combinations(schema.constraints, value, path, errors)
        return
    if schema.constraints is not None and value is not None:
        _check_constraints(schema.constraints, value, path, errors)
    if isinstance(value, dict):
        for name, child in value.items():
            below = schema.child(name)
            if below is not None:
                _check(below, child, f"{path}.{name}" if path else name, errors)
    elif isinstance(value, list) and schema.items is not None:
        for index, item in enumerate(value):
            _check(schema.items, item, f"{path}[{index}]", errors)
        if schema.list_type != "atomic":
            _check_unique(schema, value, path, errors)


def _has_type(schema: Schema, value: Any, path: str, errors: list[FieldError]) -> bool:
    expected = schema.type
    if expected is None and not schema.int_or_string:
        return _has_format(schema, value, path, errors)
    actual = _JSON_TYPES[type(value)]
    if actual == expected:
        return _has_format(schema, value, path, errors)
    if _is_also_valid(schema, value):
        return True
    if schema.int_or_string:
        expected = "integer,string"
    errors.append(_of_another_type(path, actual, expected))
    return False


def _has_format(schema: Schema, value: Any, path: str, errors: list[FieldError]) -> bool:
    is_right = _FORMATS.get(schema.format or "")
    if is_right is None or (isinstance(value, str) and is_right(value)) or isinstance(value, list):
        return True
    actual = value if isinstance(value, str) else _FORMATS_OF_TYPES.get(type(value), "")
    errors.append(_of_another_type(path, actual, schema.format))
    return False


def _of_another_type(path: str, actual: str, expected: str | None) -> FieldError:
    return complaint.wrong_type(path, actual, f'{path} in body must be of type {expected}: "{actual}"')


def _is_also_valid(schema: Schema, value: Any) -> bool:
    """Whether a value of another type than the schema names will do."""
    if value is None:
        return schema.nullable
    if isinstance(value, bool):
        return False
    if schema.int_or_string:
        return isinstance(value, int | str)
    if schema.type == "number":
        return isinstance(value, int)
    return schema.type == "integer" and isinstance(value, float) and value.is_integer()


def _is_date_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "T" in value


def _is_ipv4(value: str) -> bool:
    """Leading zeros are decimal, as an API server reads them."""
    parts = re.fullmatch(r"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)", value)
    return parts is not None and all(int(part) <= _LARGEST_BYTE for part in parts.groups())


def _is_ipv6(value: str) -> bool:
    try:
        return IPv6Address(value).scope_id is None
    except AddressValueError:
        return False


_LARGEST_BYTE = 255
_FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": _is_date_time,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
}
_FORMATS_OF_TYPES = {int: "int64", float: "float64"}


def _check_constraints(wanted: Constraints, value: Any, path: str, errors: list[FieldError]) -> None:
    _check_enum(wanted, value, path, errors)
    if isinstance(value, str):
        _check_string(wanted, value, path, errors)
    elif isinstance(value, dict):
        _check_object(wanted, value, path, errors)
    elif isinstance(value, list):
        if wanted.min_items is not None and len(value) < wanted.min_items:
            message = f"{path} in body should have at least {wanted.min_items} items"
            errors.append(complaint.invalid(path, len(value), message))
        if wanted.max_items is not None and len(value) > wanted.max_items:
            errors.append(complaint.too_many(path, len(value), wanted.max_items))
    elif not isinstance(value, bool):
        _check_number(wanted, value, path, errors)
    _check_combinations(wanted, value, path, errors)


def _check_enum(wanted: Constraints, value: Any, path: str, errors: list[FieldError]) -> None:
    if wanted.enum is not None and value not in wanted.enum:
        errors.append(complaint.not_supported(path, value, wanted.enum))


def _check_string(wanted: Constraints, value: str, path: str, errors: list[FieldError]) -> None:
    if wanted.max_length is not None and len(value) > wanted.max_length:
        errors.append(complaint.too_long(path, wanted.max_length))
    elif wanted.min_length is not None and len(value) < wanted.min_length:
        message = f"{path} in body should be at least {wanted.min_length} chars long"
        errors.append(complaint.invalid(path, value, message))
    elif wanted.pattern is not None and not wanted.pattern[1](value):
        errors.append(complaint.invalid(path, value, f"{path} in body should match '{wanted.pattern[0]}'"))


def _check_object(wanted: Constraints, value: dict[str, Any], path: str, errors: list[FieldError]) -> None:
    errors.extend(
        complaint.required(f"{path}.{name}" if path else name)
        for name in wanted.required
        if name not in value
    )
    if wanted.min_properties is not None and len(value) < wanted.min_properties:
        message = f"{path} in body should have at least {wanted.min_properties} properties"
        errors.append(complaint.invalid(path, len(value), message))
    if wanted.max_properties is not None and len(value) > wanted.max_properties:
        errors.append(complaint.too_many(path, len(value), wanted.max_properties))


def _check_number(wanted: Constraints, value: float, path: str, errors: list[FieldError]) -> None:
    low, high = wanted.minimum, wanted.maximum
    if low is not None and (value < low or (wanted.exclusive_minimum and value == low)):
        relation = "greater than" if wanted.exclusive_minimum else "greater than or equal to"
        errors.append(complaint.invalid(path, value, f"{path} in body should be {relation} {low:g}"))
    if high is not None and (value > high or (wanted.exclusive_maximum and value == high)):
        relation = "less than" if wanted.exclusive_maximum else "less than or equal to"
        errors.append(complaint.invalid(path, value, f"{path} in body should be {relation} {high:g}"))
    if wanted.multiple_of is not None and value % wanted.multiple_of:
        message = f"{path} in body should be a multiple of {wanted.multiple_of:g}"
        errors.append(complaint.invalid(path, value, message))


def _check_combinations(wanted: Constraints, value: Any, path: str, errors: list[FieldError]) -> None:
    if wanted.all_of and not all(_fits(schema, value) for schema in wanted.all_of):
        none = "" if any(_fits(schema, value) for schema in wanted.all_of) else ". None validated"
        errors.append(_unfit(path, f"must validate all the schemas (allOf){none}"))
        for schema in wanted.all_of:
            _check(schema, value, path, errors)
    if wanted.any_of and not any(_fits(schema, value) for schema in wanted.any_of):
        problem = "must validate at least one schema (anyOf)"
        errors.extend([_unfit(path, problem), *_nearest(wanted.any_of, value, path)])
    if wanted.one_of:
        problem = "must validate one and only one schema (oneOf). Found"
        fitting = sum(_fits(schema, value) for schema in wanted.one_of)
        if fitting == 0:
            errors.extend([_unfit(path, f"{problem} none valid"), *_nearest(wanted.one_of, value, path)])
        elif fitting > 1:
            errors.append(_unfit(path, f"{problem} {fitting} valid alternatives"))
    if wanted.negated is not None and _fits(wanted.negated, value):
        errors.append(_unfit(path, "must not validate the schema (not)"))


def _unfit(path: str, problem: str) -> FieldError:
    return complaint.invalid(_NOWHERE, "", f'"{path}" {problem}')


def _nearest(alternatives: Sequence[Schema], value: Any, path: str) -> list[FieldError]:
    """What is wrong by the alternative that looks at most of the value: the API server shows that one's."""
    errors: list[FieldError] = []
    _check(max(alternatives, key=lambda schema: _extent(schema, value)), value, path, errors)
    return errors


def _extent(schema: Schema, value: Any) -> int:
    if isinstance(value, dict):
        below = [(schema.child(name), child) for name, child in value.items()]
    else:
        below = [(schema.items, item) for item in value] if isinstance(value, list) else []
    return 1 + sum(_extent(one, child) for one, child in below if one is not None)


def _fits(schema: Schema, value: Any) -> bool:
    errors: list[FieldError] = []
    _check(schema, value, "", errors)
    return not errors


def _check_unique(schema: Schema, value: list[Any], path: str, errors: list[FieldError]) -> None:
    seen: list[Any] = []
    for index, item in enumerate(value):
        key = item
        if schema.list_type == "map":
            if not isinstance(item, dict):
                continue
            key = {name: item[name] for name in schema.list_keys if name in item}
        if seen.count(key) == 1:  # each is named once, however often it comes
            errors.append(complaint.duplicate(f"{path}[{index}]", key))
        seen.append(key)


def _check_rules(schema: Schema, value: Any, path: str, errors: list[FieldError]) -> None:
    if value is None:
        return
    for rule in schema.rules:
        try:
            broken = "" if rule.holds(value) else rule.message
        except CelError as error:
            broken = f"{error} evaluating rule: {rule.message}"
        if broken:
            errors.append(complaint.invalid(path, schema.type, broken))
    if isinstance(value, dict):
        for name, child in value.items():
            below = schema.child(name)
            if below is not None and below.has_rules:
                inside = f"{path}.{name}" if name in schema.properties else f"{path}[{name}]"
                _check_rules(below, child, inside if path else name, errors)
    elif isinstance(value, list) and schema.items is not None and schema.items.has_rules:
        for index, item in enumerate(value):
            _check_rules(schema.items, item, f"{path}[{index}]", errors)
