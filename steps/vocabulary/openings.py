"""How open a gateway is while it changes, and how long the way is on which it is changed."""

from __future__ import annotations

from pytest_bdd import given, then

from gwjwt.running.implementations import Implementations
from gwjwt.scene import Scene
from steps.vocabulary.phrases import phrase


@given(phrase("the implementation is {milliseconds:d} ms away from the Kubernetes API"))
def slow_down(way: Implementations, milliseconds: int) -> None:
    way.slow_down(milliseconds / 1000)


@given(
    "each call of the implementation to the Kubernetes API waits until the one before shows at the gateway"
)
def one_at_a_time(way: Implementations) -> None:
    way.one_at_a_time()


@given(phrase("requests that nobody can validate go to {gateway:Name} all the time"))
def watch_openings(scene: Scene, way: Implementations, gateway: str) -> None:
    scene.watch_openings(gateway)
    way.hold(scene.openings.see)


@then("none of them gets through where the gateway is closed before and after")
def no_opening(scene: Scene) -> None:
    scene.no_opening()


@then("how many of them get through on the way, and how long, is recorded")
def record_openings(scene: Scene) -> None:
    scene.record_openings()
