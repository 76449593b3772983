"""What may pass an ingress gateway right now, as the document says: the other half of every refusal."""

from __future__ import annotations

import pytest

from gwjwt.drivers.istio_ingress import Allowance, IngressState, Trust
from gwjwt.rules import JWTRule
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.scene.ingress_stage import IngressStage, Selected
from gwjwt.words import GatewayName

ISSUERS = {"a@example": "a@example", "b@example": "b@example"}
WORKLOAD = Selected("system", {"istio": "ingress", "version": "1"})


def stage(*principals: str, labels: dict[str, str] | None = None, namespace: str = "system") -> IngressStage:
    selector = labels or {"istio": "ingress"}
    rules = (JWTRule(issuer="a@example", audiences=["x"]), JWTRule(issuer="b@example"))
    state = IngressState(GatewayName("system", "ingress"))
    state = state.trusting(Trust("t", namespace, selector, rules))
    if principals:
        state = state.allowing(Allowance("p", namespace, selector, principals))
    return IngressStage(state)


def test_without_an_allow_policy_a_request_without_a_token_passes() -> None:
    assert stage().passing(WORKLOAD, ISSUERS) == NO_TOKEN


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("a@example/*", Credentials("valid", "a@example", "x")),
        ("*", Credentials("valid", "a@example", "x")),
        ("b@example/*", Credentials("valid", "b@example")),
        ("b@example/b@example", Credentials("sample", "b@example")),
        ("*/b@example", Credentials("sample", "b@example")),
        ("c@example/*", None),
    ],
)
def test_a_token_passes_whose_principal_is_allowed(pattern: str, expected: Credentials | None) -> None:
    assert stage(pattern).passing(WORKLOAD, ISSUERS) == expected


def test_an_issuer_whose_keys_cannot_be_had_lets_nothing_pass() -> None:
    assert stage("a@example/*").passing(WORKLOAD, {"b@example": "b@example"}) is None


@pytest.mark.parametrize("elsewhere", [{"labels": {"istio": "other"}}, {"namespace": "apps"}])
def test_policies_for_other_workloads_demand_nothing(elsewhere: dict[str, object]) -> None:
    assert stage("a@example/*", **elsewhere).passing(WORKLOAD, ISSUERS) == NO_TOKEN  # type: ignore[arg-type]
