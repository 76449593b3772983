"""The application's end of the relation: its endpoint, and the library with which it publishes."""

from __future__ import annotations

from pytest_bdd import step, then, when

from gwjwt.scene import Scene
from steps.vocabulary.phrases import phrase
from steps.vocabulary.publishing import trusting

_DEFAULT = "istio-request-auth"


@step(phrase("the leader of {app:Name} publishes on {endpoint:Name} that it trusts the issuer {issuer:Name}"))
def leader_publishes(scene: Scene, app: str, endpoint: str, issuer: str) -> None:
    scene.publish_with_library(app, trusting(issuer), endpoint, leader=True)


@when(
    phrase("another unit of {app:Name} publishes on {endpoint:Name} that it trusts the issuer {issuer:Name}")
)
def other_unit_publishes(scene: Scene, app: str, endpoint: str, issuer: str) -> None:
    scene.publish_with_library(app, trusting(issuer), endpoint, leader=False)


@when(phrase("the leader of {app:Name} publishes the rules with the library"))
def leader_publishes_rules(scene: Scene, app: str, docstring: str) -> None:
    scene.publish_with_library(app, docstring, _DEFAULT, leader=True)


@then(phrase("the library offers {names:Names}"))
def library_offers(scene: Scene, names: list[str]) -> None:
    scene.application.library_offers(names)


@then(phrase("the app's endpoint {endpoint:Name} requires the interface {interface:Name}"))
def endpoint_requires(scene: Scene, endpoint: str, interface: str) -> None:
    scene.application.requires(endpoint, interface)


@then(phrase("the gateway provides the interface {interface:Name}"))
def gateway_provides(scene: Scene, interface: str) -> None:
    scene.application.gateway_provides(interface)


@then(phrase("the app's endpoint {endpoint:Name} is limited to {limit:d} relation"))
def endpoint_is_limited(scene: Scene, endpoint: str, limit: int) -> None:
    scene.application.is_limited(endpoint, limit)


@then("the gateway's endpoint has no limit")
def gateway_takes_any_number(scene: Scene) -> None:
    scene.application.gateway_takes_any_number()


@then("the library has raised nothing")
def library_raised_nothing(scene: Scene) -> None:
    scene.application.raised_nothing()


@then("the library has refused them")
def library_refused(scene: Scene) -> None:
    scene.application.refused()


@then("the databag holds these rules")
def databag_holds(scene: Scene) -> None:
    scene.application.holds_what_was_published()


@then("the databag holds nothing of this unit")
def databag_holds_nothing(scene: Scene) -> None:
    scene.application.holds_nothing()
