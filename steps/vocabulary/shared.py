"""An app that learns to demand tokens: what every profile's document does, each in its own way."""

from __future__ import annotations

from pytest_bdd import given, step, when

from gwjwt.rules import ClaimToHeader
from gwjwt.scene import ProtectingScene
from steps.vocabulary.phrases import phrase


@given(phrase("the app of {profile:Name}, open to anybody"))
def open_to_anybody(scene: ProtectingScene, gwjwt_profile: str, profile: str) -> None:
    if profile != gwjwt_profile:
        raise ValueError(f"the row is tagged @profile:{gwjwt_profile} and says {profile}")
    scene.open_app()


@step(phrase("the app is protected by tokens of {issuer:Name}"))
def protect(scene: ProtectingScene, issuer: str) -> None:
    scene.protect_app(issuer)


@step(phrase("the app is protected by tokens of {issuer:Name} and wants their {claim:Name} in {header:Name}"))
def protect_and_map(scene: ProtectingScene, issuer: str, claim: str, header: str) -> None:
    scene.protect_app(issuer, claim=ClaimToHeader(claim=claim, header=header))


@when("the protection is taken away")
def lay_open(scene: ProtectingScene) -> None:
    scene.lay_open()
