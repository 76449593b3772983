"""Deliberately wrong variants of the reference: each proves that the suite notices what it is meant to notice.

A fault of the controller changes which policies are wanted, in which order they are written, or what is said of
them. It names the clauses that it violates, those of ``requirement``, ``rules`` and ``authorizer`` also the ones whose
effect can no longer be seen. A fault of the manifests changes what is rendered; see ``manifests``.
"""

from __future__ import annotations

from collections.abc import Iterable

from gwjwt.errors import UsageError
from gwjwt.reference.faults import authorizer, end_user, gloo, ingress, lifecycle, requirement, rules, shape
from gwjwt.reference.faults.fault import Fault, Situation
from gwjwt.reference.faults.manifests import ManifestFault

__all__ = ["FAULTS", "MANIFEST_FAULTS", "Fault", "ManifestFault", "Situation", "UnknownFault", "named"]

FAULTS = {
    fault.name: fault
    for fault in (
        *requirement.FAULTS,
        *rules.FAULTS,
        *authorizer.FAULTS,
        *shape.FAULTS,
        *lifecycle.FAULTS,
    )
}
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
