"""Gateways, the applications behind them, and the external authorizer in front."""

from __future__ import annotations

from pytest_bdd import given, step, then

from gwjwt.scene import Credentials, Origin, Scene
from steps.vocabulary.phrases import phrase


@given(phrase("a gateway {gateway:Name} serving {apps:Names}"))
def serve(scene: Scene, gateway: str, apps: list[str]) -> None:
    scene.serve(gateway, apps)


@given(phrase("{gateway:Name} also listens on port {port:d}"))
def listen(scene: Scene, gateway: str, port: int) -> None:
    scene.listen(gateway, Origin(port=port))


@given(phrase("{gateway:Name} also listens at {url:Name}"))
def listen_at(scene: Scene, gateway: str, url: str) -> None:
    scene.listen(gateway, Origin.of(url))


@step(phrase("{gateway:Name} begins to serve {app:Name}"))
def expose(scene: Scene, gateway: str, app: str) -> None:
    scene.expose(gateway, app)


@step(phrase("{gateway:Name} begins to serve {app:Name} without a login"))
def expose_without_login(scene: Scene, gateway: str, app: str) -> None:
    scene.expose(gateway, app, authenticated=False)


@given(phrase("the app {app:Name} lives in a namespace of its own"))
def place_elsewhere(scene: Scene, app: str) -> None:
    scene.place_elsewhere(app)


@step(phrase("forward-auth is active on {gateway:Name}"))
@step(phrase("forward-auth becomes active on {gateway:Name}"))
def activate_forward_auth(scene: Scene, gateway: str) -> None:
    scene.enable_forward_auth(gateway)


@step(phrase("forward-auth is related to {gateway:Name} and has not said where it decides"))
def relate_forward_auth(scene: Scene, gateway: str) -> None:
    scene.enable_forward_auth(gateway, decides=False)


@step(phrase("forward-auth is removed from {gateway:Name}"))
def remove_forward_auth(scene: Scene, gateway: str) -> None:
    scene.disable_forward_auth(gateway)


@given(phrase("the authorizer adds {credentials:Credentials} to approved requests"))
def authorizer_adds(scene: Scene, credentials: Credentials) -> None:
    scene.requests.authorizer_adds(credentials)


@then(phrase("{gateway:Name} is active"))
def is_active(scene: Scene, gateway: str) -> None:
    scene.inspect.is_active(gateway)


@given(phrase("an operator has read the log of {gateway:Name}"))
def read_log(scene: Scene, gateway: str) -> None:
    scene.inspect.read_log(gateway)


@then(phrase("the log of {gateway:Name} goes on with a warning of {app:Name}"))
def warns_of(scene: Scene, gateway: str, app: str) -> None:
    scene.inspect.warns_of(gateway, app)
