"""Requests through a gateway, and what becomes of them."""

from __future__ import annotations

from pytest_bdd import step, then, when

from gwjwt.scene import Credentials, Scene
from steps.vocabulary.phrases import phrase


@step(phrase("a request to {apps:Apps} with {credentials:Credentials} is admitted"))
def admitted(scene: Scene, apps: str | None, credentials: Credentials) -> None:
    scene.admitted(apps, credentials)


@step(phrase("a request to {apps:Apps} with {credentials:Credentials} is refused"))
def refused(scene: Scene, apps: str | None, credentials: Credentials) -> None:
    scene.refused(apps, credentials)


@step(phrase("a request to {app:Name} with {credentials:Credentials} is admitted by the authorizer"))
def admitted_by_authorizer(scene: Scene, app: str, credentials: Credentials) -> None:
    scene.admitted_by_authorizer(app, credentials)


@then(
    phrase("a request to {app:Name} with {credentials:Credentials} is approved by the authorizer and refused")
)
def refused_after_approval(scene: Scene, app: str, credentials: Credentials) -> None:
    scene.refused_after_approval(app, credentials)


@then(phrase("a request to {apps:Apps} with {credentials:Credentials} gets the authorizer's login redirect"))
def sent_to_login(scene: Scene, apps: str | None, credentials: Credentials) -> None:
    scene.sent_to_login(apps, credentials)


@then(phrase("a {method} request to {path:Name} of {app:Name} with no token gets 403"))
def forbidden(scene: Scene, method: str, path: str, app: str) -> None:
    scene.forbidden(app, method, path)


@when(phrase("every documented kind of invalid token of {issuer:Name} is sent to every app"))
def send_every_invalid(scene: Scene, issuer: str) -> None:
    scene.send_every_invalid(issuer)


@then("each of these requests is refused and no workload has received any")
def all_refused(scene: Scene) -> None:
    scene.all_refused()


@then(phrase("the workload sees the token's {claim:Name} in {header:Name}"))
def sees_claim(scene: Scene, claim: str, header: str) -> None:
    scene.sees_claim(claim, header)


@then(phrase("the workload sees the added token's {claim:Name} in {header:Name}"))
def sees_added_claim(scene: Scene, claim: str, header: str) -> None:
    scene.sees_claim(claim, header, added=True)


@then(phrase("the workload sees the client's token in {header:Name}"))
def sees_token(scene: Scene, header: str) -> None:
    scene.sees_token(header)


@then(phrase("the workload sees no {header:Name} header"))
def sees_no(scene: Scene, header: str) -> None:
    scene.sees_no(header)


@then(phrase("the key set of {issuer:Name} has been fetched"))
def key_set_fetched(scene: Scene, issuer: str) -> None:
    scene.key_set_fetched(issuer)
