"""The catalogue names what there is, and speaks of the specification as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwjwt.environments.embedded.faults import WRONG_GATEWAYS
from gwjwt.errors import UsageError
from gwjwt.faults.catalogue import NO_FAULT, catalogue, fault_named, uncovered
from gwjwt.specification.catalogue import load_catalogue

REGISTER = load_catalogue()
CARRIED = {clause for scenario in REGISTER.scenarios for clause in scenario.clauses}


def test_every_wrong_gateway_is_in_the_catalogue_and_nothing_else_is_said_to_be_one():
    assert set(WRONG_GATEWAYS) == {each.name for each in catalogue().values() if each.in_environment}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_fault_violates_clauses_that_scenarios_carry(name):
    fault = catalogue()[name]
    assert fault.clauses
    assert set(fault.clauses) <= CARRIED
    assert len(set(fault.clauses)) == len(fault.clauses)


def test_every_core_and_extended_clause_has_a_fault_or_a_reason_why_it_can_have_none():
    found = uncovered(REGISTER.clauses.values())
    assert all(found.values())
    assert set(found) == set(NO_FAULT)


def test_a_clause_without_a_fault_and_a_reason_is_a_hole():
    clause = replace(REGISTER.clauses["ISTIO-TOKEN-01"], id="NEW-01")
    assert uncovered([clause]) == {"NEW-01": ""}


def test_a_fault_that_nobody_knows_is_told_with_names_like_it():
    with pytest.raises(UsageError, match="did you mean clock-ignored"):
        fault_named("clock-ignord")
