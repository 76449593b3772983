"""The validation rules (``x-kubernetes-validations``) that the embedded API understands.

There is no CEL interpreter here: a rule is known by its text, and stands here as Python. A definition with any other
rule is refused when it is installed, so that no rule is ever ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gwjwt.environments.embedded.api.cel_gateway import GATEWAY_RULES, CelError
from gwjwt.environments.embedded.api.errors import NotImplementedHere


@dataclass(frozen=True)
class CelRule:
    """A rule with what the API server says when a value breaks it."""

    holds: Callable[[Any], bool]
    message: str


def _at_most_one_of(*names: str) -> Callable[[Any], bool]:
    return lambda value: sum(name in value for name in names) <= 1


def _has_web_scheme(value: str) -> bool:
    if not re.match("[A-Za-z][A-Za-z0-9+.-]*:|/", value):
        raise CelError(
            f'URL parse error during conversion from string: parse "{value}": invalid URI for request'
        )
    return value.partition("://")[0].lower() in {"http", "https"} and "://" in value


def _milliseconds(value: str) -> float:
    units = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0, "us": 0.001, "ns": 0.000001}
    parts = re.findall(r"([0-9]*\.?[0-9]+)(h|ms|us|ns|m|s)", value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise CelError("type conversion error from 'string' to 'google.protobuf.Duration'")
    return sum(float(number) * units[unit] for number, unit in parts)


def _service_accounts_alone(source: Mapping[str, Any]) -> bool:
    accounts = {"serviceAccounts", "notServiceAccounts"}
    others = {"principals", "notPrincipals", "namespaces", "notNamespaces"}
    return not (source.keys() & accounts and source.keys() & others)


_KNOWN: dict[str, Callable[[Any], bool]] = {
    'url(self).getScheme() in ["http", "https"]': _has_web_scheme,
    "duration(self) >= duration('1ms')": lambda value: _milliseconds(value) >= 1.0,
    "(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1": (
        _at_most_one_of("jwksUri", "jwks_uri", "jwks")
    ),
    "(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1": (
        _at_most_one_of("selector", "targetRef", "targetRefs")
    ),
    "(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": (
        _at_most_one_of("tlsCertificates", "credentialNames")
    ),
    "(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": (
        _at_most_one_of("credentialName", "credentialNames")
    ),
    "(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1": (
        _at_most_one_of("credentialNames", "tlsCertificates")
    ),
    "(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) && "
    "!has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true": (
        _service_accounts_alone
    ),
    "self.size() == 0": lambda value: len(value) == 0,
    '!self.contains("*")': lambda value: "*" not in value,
    'self.all(key, !key.contains("*"))': lambda value: all("*" not in key for key in value),
    "self.all(key, key.size() != 0)": all,
}


_KNOWN |= GATEWAY_RULES


def compile_rule(source: Mapping[str, Any], where: str) -> CelRule:
    """The Python for a rule of a definition.

    Raises:
        NotImplementedHere: the rule is not among the known ones, or uses more than a text as its message.
    """
    rule = " ".join(source["rule"].split())
    extra = source.keys() - {"rule", "message"}
    if rule not in _KNOWN or extra:
        what = ", ".join(sorted(extra)) or f"the CEL rule {rule!r}"
        raise NotImplementedHere(f"{what} ({where})")
    return CelRule(_KNOWN[rule], source.get("message") or f"failed rule: {rule}")
