"""What applications publish, and that they leave."""

from __future__ import annotations

import json

from pytest_bdd import given, step

from gwjwt.scene import AnyScene, Scene
from steps.vocabulary.phrases import phrase


def trusting(issuer: str, **fields: object) -> str:
    rule = {"issuer": f"${{{issuer}.issuer}}", "jwks_uri": f"${{{issuer}.jwks_uri}}", **fields}
    return json.dumps([rule])


@given(phrase("the issuer {issuer:Name} signs with {algorithm}"))
def sign_with(scene: Scene, issuer: str, algorithm: str) -> None:
    scene.sign_with(issuer, algorithm)


@given(phrase("the issuer {issuer:Name} can be discovered"))
def make_discoverable(scene: Scene, issuer: str) -> None:
    scene.make_discoverable(issuer)


@given(phrase("the key set of {issuer:Name} cannot be fetched"))
def fail_key_set(scene: AnyScene, issuer: str) -> None:
    scene.issuer(issuer).fail()


@step(phrase("the issuer {issuer:Name} signs with a new key"))
def rotate(scene: AnyScene, issuer: str) -> None:
    scene.issuer(issuer).rotate()


@step(phrase("the issuer {issuer:Name} signs with a new key and still publishes the old one"))
def rotate_with_overlap(scene: AnyScene, issuer: str) -> None:
    scene.issuer(issuer).rotate(keep_old=True)


@step(phrase("{app:Name} publishes a new place of the key set of {issuer:Name}"))
def publish_new_key_set(scene: Scene, app: str, issuer: str) -> None:
    scene.issuer(issuer).publish_elsewhere()
    scene.publish(app, trusting(issuer))


@given(phrase("the key set of {issuer:Name} begins with a key that signs nothing"))
def begin_key_set(scene: AnyScene, issuer: str) -> None:
    scene.issuer(issuer).publish_another_key_first()


@step(phrase("{app:Name} trusts the issuer {issuer:Name}"))
@step(phrase("{app:Name} trusts the issuer {issuer:Name} instead"))
def trust(scene: Scene, app: str, issuer: str) -> None:
    scene.publish(app, trusting(issuer))


@step(phrase("{app:Name} asks {gateway:Name} to trust the issuer {issuer:Name}"))
def trust_at(scene: Scene, app: str, gateway: str, issuer: str) -> None:
    scene.publish(app, trusting(issuer), gateway)


@step(phrase("{app:Name} trusts the issuer {issuer:Name} and maps {claim:Name} to {header:Name}"))
def trust_and_map(scene: Scene, app: str, issuer: str, claim: str, header: str) -> None:
    scene.publish(app, trusting(issuer, claim_to_headers=[{"header": header, "claim": claim}]))


@step(phrase("{app:Name} trusts the issuer {issuer:Name} for the audiences {audiences:Names}"))
def trust_for(scene: Scene, app: str, issuer: str, audiences: list[str]) -> None:
    scene.publish(app, trusting(issuer, audiences=audiences))


@step(phrase("{app:Name} publishes the rules"))
def publish_rules(scene: Scene, app: str, docstring: str) -> None:
    scene.publish(app, docstring)


@step(phrase('{app:Name} publishes the text "{text}"'))
def publish_text(scene: Scene, app: str, text: str) -> None:
    scene.publish(app, text)


@step(phrase("{app:Name} publishes nothing"))
def publish_nothing(scene: Scene, app: str) -> None:
    scene.publish(app, None)


@step(phrase("{app:Name} integrates, with rules that are valid for {valid:Name} only"))
def integrate(scene: Scene, app: str, valid: str) -> None:
    scene.publish(app, trusting("accounts") if app == valid else "not json")


@step(phrase("{app:Name} ends its relation"))
def leave(scene: Scene, app: str) -> None:
    scene.leave(app)
