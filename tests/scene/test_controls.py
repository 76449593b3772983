from __future__ import annotations

from typing import Any

import pytest

from gwjwt.errors import Inconclusive
from gwjwt.rules import ClaimToHeader, FromHeader, JWTRule, publish
from gwjwt.scene.controls import opening, passing_credentials
from gwjwt.scene.credentials import SESSION_COOKIE, Credentials
from gwjwt.scene.stage import GatewayState
from gwjwt.words import GatewayName

ISSUERS = {"https://accounts": "accounts", "https://partners": "partners"}


def gateway(forward_auth: bool = False, **relations: str | None) -> GatewayState:
    return GatewayState(GatewayName("ns", "front"), dict(relations), forward_auth)


def test_a_valid_rule_of_any_related_app_can_be_satisfied() -> None:
    state = gateway(broken="not json", silent=None, good=publish([JWTRule(issuer="https://partners")]))
    assert passing_credentials(state, ISSUERS) == Credentials("valid", "partners")


def test_the_rule_says_where_the_token_goes_and_for_whom_it_is() -> None:
    rule = JWTRule(
        issuer="https://accounts", audiences=["a", "b"], from_headers=[FromHeader(name="X-Jwt", prefix="T ")]
    )
    assert passing_credentials(gateway(app=publish([rule])), ISSUERS) == Credentials(
        "valid", "accounts", "a", "X-Jwt", "T "
    )


def test_an_issuer_outside_the_scenario_cannot_be_satisfied() -> None:
    assert passing_credentials(gateway(app=publish([JWTRule(issuer="https://elsewhere")])), ISSUERS) is None


@pytest.mark.parametrize(
    "refused_by_an_api",
    [
        {"jwks_uri": "ftp://accounts/jwks"},
        {"audiences": [""]},
        {"claim_to_headers": [ClaimToHeader(header="a b", claim="email")]},
    ],
)
def test_rules_that_an_api_server_rejects_let_nothing_pass(refused_by_an_api: dict[str, Any]) -> None:
    rules = [JWTRule(issuer="https://accounts"), JWTRule(issuer="https://partners", **refused_by_an_api)]
    assert passing_credentials(gateway(app=publish(rules)), ISSUERS) is None


def test_with_forward_auth_and_no_valid_rule_the_session_passes() -> None:
    assert passing_credentials(gateway(forward_auth=True, app="[]"), ISSUERS) == SESSION_COOKIE


def test_without_anything_that_may_pass_an_earlier_opening_is_needed() -> None:
    state = gateway(app=None)
    assert passing_credentials(state, ISSUERS) is None
    with pytest.raises(Inconclusive, match="would prove nothing"):
        opening(state.openings, "app")
