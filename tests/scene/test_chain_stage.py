"""What may pass an app of the chain right now: the other half of every refusal."""

from __future__ import annotations

from gwjwt.drivers.end_user_auth import EndUserAuthentication, EndUserState
from gwjwt.scene.chain_stage import ChainStage
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.words import AppName, GatewayName

APPS = tuple(AppName("tutorial", each) for each in ("customer", "preference", "recommendation"))
HOLDER = Credentials("sample", "a@example")


def stage() -> ChainStage:
    state = EndUserState(GatewayName("tutorial", "customer"))
    authentication = EndUserAuthentication(APPS[0], {"app": "customer"}, "a@example", "{}")
    return ChainStage(state.authenticating(authentication), APPS, HOLDER)


def test_a_chain_begins_with_the_app_that_is_called() -> None:
    assert stage().chain_from("customer") == APPS
    assert stage().chain_from("recommendation") == APPS[2:]


def test_only_the_app_that_authenticates_asks_for_a_token() -> None:
    assert stage().passing("customer") == HOLDER
    assert stage().passing("preference") == NO_TOKEN


def test_after_clean_up_nobody_does() -> None:
    cleaned = stage()
    cleaned.state = cleaned.state.cleaned_up()
    assert cleaned.passing("customer") == NO_TOKEN
