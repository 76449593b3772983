"""Deliberately wrong gateways, by name: each proves that the suite notices what it is meant to notice.

What a fault violates is said by the catalogue (``gwjwt.faults``): an environment knows no clauses.
"""

from __future__ import annotations

from gwjwt.environments.embedded.faults import answers, identity, over_time, refusals, tokens
from gwjwt.environments.embedded.faults.wrong import WrongGateway

__all__ = ["WRONG_GATEWAYS", "WrongGateway"]

WRONG_GATEWAYS = {
    each.name: each
    for each in (
        *tokens.GATEWAYS,
        *identity.GATEWAYS,
        *refusals.GATEWAYS,
        *answers.GATEWAYS,
        *over_time.GATEWAYS,
    )
}
