"""Names, labels and annotations: which are valid, and how the API server complains.

Source: ``k8s.io/apimachinery/pkg/util/validation``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.field_errors import FieldError

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SERVICE = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LONGEST_PART = 63


@dataclass(frozen=True)
class _Form:
    pattern: re.Pattern[str]
    longest: int
    rule: str

    def problems(self, value: str) -> list[str]:
        if self is FORMS["label"] and "." in value:
            return ["must not contain dots"]
        found = [] if self.pattern.fullmatch(value) else [self.rule]
        if len(value) > self.longest:
            found.append(f"must be no more than {self.longest} characters")
        return found


FORMS = {
    "label": _Form(
        re.compile(_LABEL),
        63,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')",
    ),
    "subdomain": _Form(
        re.compile(_SUBDOMAIN),
        253,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        rf"'{_LABEL}(\.{_LABEL})*')",
    ),
    "service": _Form(
        re.compile(_SERVICE),
        63,
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
        f"is '{_SERVICE}')",
    ),
}
_LABEL_VALUE = _Form(
    re.compile(f"({_QUALIFIED})?"),
    _LONGEST_PART,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
)
_QUALIFIED_NAME = _Form(
    re.compile(_QUALIFIED),
    _LONGEST_PART,
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
)
_WITH_PREFIX = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"


_STANDARD_FINALIZERS = {"kubernetes", "orphan", "foregroundDeletion"}


def check_metadata(metadata: Mapping[str, Any], form: str, *, core: bool = False) -> list[FieldError]:
    """What is wrong with an object's metadata; ``core``: of a kind of Kubernetes itself, which is stricter."""
    errors: list[FieldError] = []
    name = metadata.get("name", "")
    if not name:
        errors.append(complaint.required("metadata.name", "name or generateName is required"))
    else:
        errors.extend(complaint.invalid("metadata.name", name, rule) for rule in FORMS[form].problems(name))
    errors[:0] = _generate_name_errors(metadata.get("generateName", ""), form)
    for key, value in metadata.get("labels", {}).items():
        errors.extend(complaint.invalid("metadata.labels", key, rule) for rule in label_key_problems(key))
        errors.extend(
            complaint.invalid("metadata.labels", value, rule) for rule in label_value_problems(value)
        )
    for key in metadata.get("annotations", {}):
        problems = label_key_problems(key.lower())
        errors.extend(complaint.invalid("metadata.annotations", key, rule) for rule in problems)
    for index, finalizer in enumerate(metadata.get("finalizers", ())):
        problems = label_key_problems(finalizer)
        errors.extend(complaint.invalid("metadata.finalizers", finalizer, rule) for rule in problems)
        if core and "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            errors.append(complaint.invalid(f"metadata.finalizers[{index}]", finalizer, detail))
    for owner in metadata.get("ownerReferences", ()):
        errors.extend(_owner_errors(owner))
    return errors


def _generate_name_errors(prefix: str, form: str) -> list[FieldError]:
    """What is wrong with the start of a name, which may end with a dash."""
    if not prefix:
        return []
    example = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
    return [
        complaint.invalid("metadata.generateName", prefix, rule) for rule in FORMS[form].problems(example)
    ]


def _owner_errors(owner: Mapping[str, Any]) -> list[FieldError]:
    where = "metadata.ownerReferences"
    return [
        complaint.invalid(f"{where}.{name}", "", f"{subject}must not be empty")
        for name, subject in (("apiVersion", "version "), ("kind", ""), ("name", ""), ("uid", ""))
        if not owner.get(name)
    ]


def label_key_problems(key: str) -> list[str]:
    """What is wrong with a qualified name: an optional DNS prefix, a slash and a name."""
    if key.count("/") > 1:
        return [_QUALIFIED_NAME.rule.replace("name part", "a qualified name", 1) + _WITH_PREFIX]
    prefix, slash, name = key.rpartition("/")
    problems = _QUALIFIED_NAME.problems(name)
    if slash:
        problems.extend(f"prefix part {rule}" for rule in FORMS["subdomain"].problems(prefix))
    return problems


def label_value_problems(value: str) -> list[str]:
    return _LABEL_VALUE.problems(value)


def generate(prefix: str) -> str:
    """A name from ``metadata.generateName``: the prefix, cut to 58 characters, and five random ones."""
    return prefix[:58] + "".join(secrets.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
