"""Deliberately wrong variants of the reference: each proves that the suite notices what it is meant to notice.

A fault of the controller changes which policies are wanted or in which order they are written, and nothing else. It
names the clauses that it violates, or whose effect can no longer be seen: every scenario that carries one of these must
fail, and every other must not. A fault of the manifests changes what is rendered; see ``manifests``.
"""

from __future__ import annotations

from collections.abc import Iterable

from gwjwt.errors import UsageError
from gwjwt.reference.faults import authorizer, end_user, gloo, ingress, requirement, rules
from gwjwt.reference.faults.fault import Fault, Situation
from gwjwt.reference.faults.manifests import ManifestFault

__all__ = ["FAULTS", "MANIFEST_FAULTS", "Fault", "ManifestFault", "Situation", "UnknownFault", "named"]

FAULTS = {fault.name: fault for fault in (*requirement.FAULTS, *rules.FAULTS, *authorizer.FAULTS)}
MANIFEST_FAULTS = {fault.name: fault for fault in (*ingress.FAULTS, *gloo.FAULTS, *end_user.FAULTS)}
"""Those of the profiles that are about a gateway product."""


class UnknownFault(UsageError):
    """There is no fault of this name."""

    def __init__(self, name: str, choices: Iterable[str] = FAULTS) -> None:
        self.choices = tuple(choices)
        super().__init__(f"unknown fault {name!r} (valid: {', '.join(self.choices)})")


def named(name: str) -> Fault:
    """The fault of this name.

    Raises:
        UnknownFault: with the valid names.
    """
    if name not in FAULTS:
        raise UnknownFault(name)
    return FAULTS[name]
