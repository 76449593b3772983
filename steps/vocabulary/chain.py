"""A chain of apps in the mesh, and end-user authentication for the first of them."""

from __future__ import annotations

from pytest_bdd import given, step, then

from gwjwt.scene import ChainScene, Credentials
from steps.vocabulary.phrases import phrase


@given(phrase("the chain {apps:Names} with a sidecar for each app"))
def run(scene: ChainScene, apps: list[str]) -> None:
    scene.run(apps)


@step("the namespace holds no virtual service, destination rule, gateway or policy")
def is_free(scene: ChainScene) -> None:
    scene.is_free()


@step(phrase("end-user authentication is applied to {app:Name} for {issuer:Name}"))
def authenticate(scene: ChainScene, app: str, issuer: str) -> None:
    scene.authenticate(app, issuer)


@step(
    phrase("end-user authentication is applied to {app:Name} for {issuer:Name} without a demand for tokens")
)
def authenticate_only(scene: ChainScene, app: str, issuer: str) -> None:
    scene.authenticate(app, issuer, required=False)


@step("end-user authentication is deleted")
def clean_up(scene: ChainScene) -> None:
    scene.clean_up()


@then(phrase("the client reads {text:Name}"))
def tells_client_of(scene: ChainScene, text: str) -> None:
    scene.requests.tells_client_of(text)


@then("no app was restarted")
def not_restarted(scene: ChainScene) -> None:
    scene.requests.not_restarted()


@then(phrase("what becomes of a request to {app:Name} with {credentials:Credentials} is recorded"))
def record(scene: ChainScene, app: str, credentials: Credentials) -> None:
    scene.requests.record(app, credentials)
