"""Requests through a gateway, and what becomes of them."""

from __future__ import annotations

from pytest_bdd import step, then, when

from gwjwt.scene import AnyScene, Credentials, GlooScene, IngressScene, Origin, Scene
from steps.vocabulary.phrases import phrase


@step(phrase("a request to {apps:Apps} with {credentials:Credentials} is admitted"))
def admitted(scene: AnyScene, apps: str | None, credentials: Credentials) -> None:
    scene.requests.admitted(apps, credentials)


@step(phrase("a request to {apps:Apps} with {credentials:Credentials} is refused"))
def refused(scene: AnyScene, apps: str | None, credentials: Credentials) -> None:
    scene.requests.refused(apps, credentials)


@step(phrase("a request to {apps:Apps} with {credentials:Credentials} gets {status:d}"))
def gets(scene: AnyScene, apps: str | None, credentials: Credentials, status: int) -> None:
    scene.requests.refused(apps, credentials, statuses=frozenset({status}))


@step(phrase("a request to {app:Name} on port {port:d} with {credentials:Credentials} is admitted"))
def admitted_on_port(scene: Scene, app: str, port: int, credentials: Credentials) -> None:
    scene.requests.admitted(app, credentials, port=port)


@step(phrase("a request to {app:Name} on port {port:d} with {credentials:Credentials} is refused"))
def refused_on_port(scene: Scene, app: str, port: int, credentials: Credentials) -> None:
    scene.requests.refused(app, credentials, port=port)


@step(phrase("a request to {apps:Apps} at {url:Name} with {credentials:Credentials} is admitted"))
def admitted_at(scene: Scene, apps: str | None, url: str, credentials: Credentials) -> None:
    origin = Origin.of(url)
    with scene.requests.towards(origin):
        scene.requests.admitted(apps, credentials, port=origin.port)


@step(phrase("a request to {apps:Apps} at {url:Name} with {credentials:Credentials} is refused"))
def refused_at(scene: Scene, apps: str | None, url: str, credentials: Credentials) -> None:
    origin = Origin.of(url)
    with scene.requests.towards(origin):
        scene.requests.refused(apps, credentials, port=origin.port)


@then(phrase("a request to {app:Name} with {credentials:Credentials} is kept out, whoever answers"))
def kept_out(scene: Scene, app: str, credentials: Credentials) -> None:
    scene.requests.kept_out(app, credentials)


@then(phrase("a request to {apps:Apps} with {credentials:Credentials} reaches no workload"))
def reaches_nobody(scene: Scene, apps: str | None, credentials: Credentials) -> None:
    scene.requests.reaches_nobody(apps, credentials)


@step(phrase("a request to {app:Name} with {credentials:Credentials} is admitted by the authorizer"))
def admitted_by_authorizer(scene: Scene, app: str, credentials: Credentials) -> None:
    scene.requests.admitted_by_authorizer(app, credentials)


@then(
    phrase("a request to {app:Name} with {credentials:Credentials} is approved by the authorizer and refused")
)
def refused_after_approval(scene: Scene, app: str, credentials: Credentials) -> None:
    scene.requests.refused_after_approval(app, credentials)


@then(phrase("a request to {apps:Apps} with {credentials:Credentials} gets the authorizer's login redirect"))
def sent_to_login(scene: Scene, apps: str | None, credentials: Credentials) -> None:
    scene.requests.sent_to_login(apps, credentials)


@then(
    phrase("a {method} request to {path:Name} of {app:Name} with {credentials:Credentials} gets {status:d}")
)
def gets_for(
    scene: AnyScene, method: str, path: str, app: str, credentials: Credentials, status: int
) -> None:
    scene.requests.gets(app, method, path, credentials, status)


@then("the authorizer has not been asked about it")
def not_asked(scene: Scene) -> None:
    scene.requests.not_asked()


@when(phrase("every documented kind of invalid token of {issuer:Name} is sent to every app"))
def send_every_invalid(scene: AnyScene, issuer: str) -> None:
    scene.requests.send_every_invalid(issuer)


@then("each of these requests is refused and no workload has received any")
def all_refused(scene: AnyScene) -> None:
    scene.requests.all_refused()


@then(phrase("the workload sees the token's {claim:Name} in {header:Name}"))
def sees_claim(scene: AnyScene, claim: str, header: str) -> None:
    scene.requests.sees_claim(claim, header)


@then(phrase("the workload sees the added token's {claim:Name} in {header:Name}"))
def sees_added_claim(scene: Scene, claim: str, header: str) -> None:
    scene.requests.sees_claim(claim, header, added=True)


@then("the workload sees no header with a claim of the token")
def sees_no_claim(scene: AnyScene) -> None:
    scene.requests.sees_no_claim()


@then(phrase("what the workload sees in {header:Name} is recorded"))
def record_header(scene: AnyScene, header: str) -> None:
    scene.requests.record_header(header)


@then(phrase("the workload sees the client's token in {header:Name}"))
def sees_token(scene: AnyScene, header: str) -> None:
    scene.requests.sees_token(header)


@then(phrase("the workload sees no {header:Name} header"))
def sees_no(scene: AnyScene, header: str) -> None:
    scene.requests.sees_no(header)


@then(phrase("the key set of {issuer:Name} has been fetched"))
def key_set_fetched(scene: AnyScene, issuer: str) -> None:
    scene.requests.key_set_fetched(issuer)


@then(phrase("the client is told {text:Name}"))
def tells_client(scene: AnyScene, text: str) -> None:
    scene.requests.tells_client(text)


@then(phrase("the client is challenged for a Bearer token with the error {error:Name}"))
def challenges(scene: AnyScene, error: str) -> None:
    scene.requests.challenges(error)


@then(phrase("the second segment of a {recipe} token of {issuer:Name} decodes to"))
def decodes_to(scene: GlooScene | IngressScene, recipe: str, issuer: str, docstring: str) -> None:
    scene.decodes_to(recipe, issuer, docstring)
