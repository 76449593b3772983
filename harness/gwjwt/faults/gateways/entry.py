"""How a wrong gateway is put into the catalogue."""

from __future__ import annotations

from gwjwt.faults.catalogue import CataloguedFault, Level


def gateway(
    name: str, summary: str, *clauses: str, level: Level = "gateway", equivalent: str = "", odds: str = ""
) -> CataloguedFault:
    return CataloguedFault(name, level, summary, clauses, equivalent=equivalent, odds=odds)


ADMITTING = (
    "CHARM-VALIDATE-01",
    "CHARM-DENY-04",
    "CHARM-BEARER-04",
    "CHARM-UNION-01",
    "CHARM-UNION-02",
    "CHARM-FIELD-AUD-01",
    "CHARM-FIELD-AUD-03",
    "CHARM-REMOVE-02",
    "CHARM-MALFORMED-05",
    "CHARM-MALFORMED-07",
    "CHARM-FIELD-CLAIM-01",
    "CHARM-FIELD-JWKS-01",
)
"""Clauses that say which requests pass."""
