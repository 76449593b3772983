"""In which order objects are written, so that a gateway is never more open on the way than at both ends.

What closes comes first, what opens comes last. Which is which follows from Istio's semantics: an
AuthorizationPolicy that denies, or that hands requests to an external authorizer, closes when it comes or matches
more, and opens when it goes or matches less; a RequestAuthentication lets no request pass that had been refused for
want of a principal; a route opens.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from gwjwt.cluster import Reference

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Apply:
    """Create the object, or update it to this."""

    manifest: Manifest


@dataclass(frozen=True)
class Delete:
    reference: Reference


Write = Apply | Delete


class _Phase(IntEnum):
    UNROUTE = 1
    CLOSE_GATEWAY = 2
    CLOSE = 3
    DISTRUST = 4
    TRUST = 5
    CONFIGURE = 6
    OPEN_GATEWAY = 7
    ROUTE = 8
    CLEAR = 9
    OPEN = 10


_PHASES = {  # kind: applied in, deleted in
    "HTTPRoute": (_Phase.ROUTE, _Phase.UNROUTE),
    "VirtualService": (_Phase.ROUTE, _Phase.UNROUTE),
    "Gateway": (_Phase.OPEN_GATEWAY, _Phase.CLOSE_GATEWAY),
    "RequestAuthentication": (_Phase.TRUST, _Phase.DISTRUST),
    # A JWTPolicy demands a token, and an ExtAuthPolicy has somebody asked, on routes that are open without it.
    "RouteTable": (_Phase.ROUTE, _Phase.UNROUTE),
    "VirtualGateway": (_Phase.OPEN_GATEWAY, _Phase.CLOSE_GATEWAY),
    "ExtAuthServer": (_Phase.TRUST, _Phase.CLEAR),
    "ExtAuthPolicy": (_Phase.CLOSE, _Phase.OPEN),
    "JWTPolicy": (_Phase.CLOSE, _Phase.OPEN),
}


def plan(before: Mapping[Reference, Manifest], after: Mapping[Reference, Manifest]) -> list[Write]:
    """The writes that turn ``before`` into ``after``, in the order that closes first and opens last.

    For requests without a validated principal: whoever stops after any of these writes leaves a gateway that
    refuses what both ``before`` and ``after`` refuse, and that asks the external authorizer about what both ask it
    or refuse.
    """
    phased: list[tuple[_Phase, Write]] = []
    for reference in {**before, **after}:
        old, new = before.get(reference), after.get(reference)
        if old != new:
            write = Delete(reference) if new is None else Apply(new)
            phased.append((_phase(reference.kind, old, new), write))
    return [write for _, write in sorted(phased, key=lambda each: each[0])]


def _phase(kind: str, old: Manifest | None, new: Manifest | None) -> _Phase:
    if kind == "AuthorizationPolicy":
        return _Phase.OPEN if _opens(old, new) else _Phase.CLOSE
    applied, deleted = _PHASES.get(kind, (_Phase.CONFIGURE, _Phase.CLEAR))
    return deleted if new is None else applied


def _opens(old: Manifest | None, new: Manifest | None) -> bool:
    """Whether a policy matches fewer requests afterwards, judged by the rule with the fewest conditions.

    A path that an operation leaves out counts as a condition: each one more lets more requests past the policy.
    """
    if old is None or new is None:
        return new is None
    return _conditions(new) > _conditions(old)


def _conditions(policy: Manifest) -> float:
    rules = policy["spec"].get("rules") or []
    return min(map(_conditions_of, rules), default=math.inf)  # a policy without rules matches nothing


def _conditions_of(rule: Manifest) -> int:
    paths = sum(len(each["operation"].get("notPaths", ())) for each in rule.get("to") or ())
    return paths + sum(len(rule.get(part) or ()) for part in ("from", "to", "when"))
