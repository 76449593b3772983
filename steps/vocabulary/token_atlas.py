"""The token atlas: a topic of it for which a gateway is set up, and its rows."""

from __future__ import annotations

from pytest_bdd import given, then, when

from gwjwt.atlas.register import load_atlas
from gwjwt.scene import AtlasScene, TokenAtlas
from gwjwt.scene.sender import EvidenceLog
from gwjwt.specification.root import suite_root
from steps.vocabulary.phrases import phrase


@given(
    phrase("the app is protected as the topic {name:Name} of the token atlas has it"),
    target_fixture="token_atlas",
)
def protect(scene: AtlasScene, gwjwt_profile: str, evidence_log: EvidenceLog, name: str) -> TokenAtlas:
    topic = load_atlas(suite_root()).topic(name)
    atlas = TokenAtlas(scene, topic, gwjwt_profile, evidence_log)
    atlas.protect()
    return atlas


@when("each row of the topic is sent between two valid tokens that pass")
def send(token_atlas: TokenAtlas) -> None:
    token_atlas.send()


@then("what a document speaks of becomes of its rows as it says")
def as_documented(token_atlas: TokenAtlas) -> None:
    token_atlas.require_documented()


@then("what becomes of the other rows is recorded")
def recorded(token_atlas: TokenAtlas) -> None:
    token_atlas.record()
