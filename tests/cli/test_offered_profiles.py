"""A profile that is about a product is judged where that product is, and said to be missing where it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwjwt.running.plan import RunPlan, Wishes, plan_run
from gwjwt.specification.selection import Selection


def plan(environment: str, *profiles: str) -> RunPlan:
    return plan_run(Wishes(environment=environment, selection=Selection(profiles=profiles)))


def test_a_run_that_names_no_profile_takes_those_that_the_environment_offers() -> None:
    everywhere = {"charm-request-auth", "istio-ingress-jwt"}
    assert plan("embedded").profiles >= everywhere | {"gloo-jwt-policy"}
    assert plan("local-istio").profiles >= everywhere
    assert "gloo-jwt-policy" not in plan("local-istio").profiles


def test_a_profile_that_is_named_is_unsupported_where_its_product_is_not() -> None:
    named = plan("local-istio", "gloo-jwt-policy")
    assert named.profiles == {"gloo-jwt-policy"}
    [reason] = {named.unsupported(each) for each in named.catalogue.scenarios if named.takes(each)}
    assert reason == (
        "the environment local-istio has no Gloo Mesh, which the profile gloo-jwt-policy is about "
        "(environments that have it: embedded)"
    )


def test_a_target_that_names_the_profile_is_taken_at_its_word() -> None:
    named = plan("local-istio")
    named = replace(named, target=replace(named.target, profiles=("gloo-jwt-policy",)))
    assert named.profiles == {"gloo-jwt-policy"}


@pytest.mark.parametrize("environment", ["embedded", "local-istio"])
def test_what_is_about_istio_is_offered_by_both(environment: str) -> None:
    found = plan(environment, "istio-ingress-jwt")
    assert {found.unsupported(each) for each in found.catalogue.scenarios if found.takes(each)} == {None}
