"""What the wrong gateways of the embedded environment violate, in modules that are called like theirs."""

from __future__ import annotations

from gwjwt.faults.gateways import answers, identity, over_time, refusals, tokens

GATEWAYS = (
    *tokens.FAULTS,
    *identity.FAULTS,
    *refusals.FAULTS,
    *answers.FAULTS,
    *over_time.FAULTS,
)
