"""Gateways, the applications behind them, and the external authorizer in front."""

from __future__ import annotations

from pytest_bdd import given, step, then

from gwjwt.scene import Credentials, Scene
from steps.vocabulary.phrases import phrase


@given(phrase("a gateway {gateway:Name} serving {apps:Names}"))
def serve(scene: Scene, gateway: str, apps: list[str]) -> None:
    scene.serve(gateway, apps)


@given(phrase("the app {app:Name} lives in a namespace of its own"))
def place_elsewhere(scene: Scene, app: str) -> None:
    scene.place_elsewhere(app)


@step(phrase("forward-auth is active on {gateway:Name}"))
@step(phrase("forward-auth becomes active on {gateway:Name}"))
def activate_forward_auth(scene: Scene, gateway: str) -> None:
    scene.forward_auth(gateway, active=True)


@step(phrase("forward-auth is removed from {gateway:Name}"))
def remove_forward_auth(scene: Scene, gateway: str) -> None:
    scene.forward_auth(gateway, active=False)


@given(phrase("the authorizer adds {credentials:Credentials} to approved requests"))
def authorizer_adds(scene: Scene, credentials: Credentials) -> None:
    scene.authorizer_adds(credentials)


@then(phrase("{gateway:Name} is active"))
def is_active(scene: Scene, gateway: str) -> None:
    scene.inspect.is_active(gateway)
