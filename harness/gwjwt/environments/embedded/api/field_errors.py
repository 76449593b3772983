"""What is wrong with one field of an object, in the words of the Kubernetes API server.

Source: ``k8s.io/apimachinery/pkg/util/validation/field`` of Kubernetes 1.34. The reason is what a ``Status`` carries in
``details.causes[].reason``; the text after the field's path is its ``message``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_WORDS = {
    "FieldValueNotFound": "Not found",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueTypeInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
}
_WITHOUT_VALUE = {"FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong"}


@dataclass(frozen=True)
class FieldError:
    """One complaint about one field; ``field`` is a path such as ``spec.jwtRules[0].issuer``."""

    reason: str
    field: str
    detail: str = ""
    value: Any = ""

    @property
    def body(self) -> str:
        """The message without the path."""
        text = _WORDS[self.reason]
        if self.reason not in _WITHOUT_VALUE:
            text += f": {as_go_prints(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.body}"


def as_go_prints(value: Any) -> str:
    """A value as the API server shows it in a message: strings quoted, the rest as JSON."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def required(field: str, detail: str = "") -> FieldError:
    return FieldError("FieldValueRequired", field, detail)


def invalid(field: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", field, detail, value)


def wrong_type(field: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueTypeInvalid", field, detail, value)


def duplicate(field: str, value: Any) -> FieldError:
    return FieldError("FieldValueDuplicate", field, "", value)


def forbidden(field: str, detail: str) -> FieldError:
    return FieldError("FieldValueForbidden", field, detail)


def not_supported(field: str, value: Any, valid: Iterable[Any]) -> FieldError:
    shown = ", ".join(json.dumps(v if isinstance(v, str) else as_go_prints(v)) for v in valid)
    return FieldError("FieldValueNotSupported", field, f"supported values: {shown}", value)


def too_long(field: str, most: int) -> FieldError:
    unit = "byte" if most == 1 else "bytes"
    return FieldError("FieldValueTooLong", field, f"may not be more than {most} {unit}")


def too_many(field: str, actual: int, most: int) -> FieldError:
    unit = "item" if most == 1 else "items"
    return FieldError("FieldValueTooMany", field, f"must have at most {most} {unit}", actual)
