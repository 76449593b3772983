"""What stands between an implementation and the Kubernetes API, for whom, and for how long."""

from contextlib import contextmanager

import pytest

from gwjwt.cluster import Cluster, Reference
from gwjwt.errors import ImplementationFailed, Unsupported
from gwjwt.running.implementations import Implementations
from gwjwt.waiting import Deadlines


class Stationary:
    """A driver whose implementation is the connection that it has been started with."""

    name = "stationary"
    profiles = features = frozenset()

    @contextmanager
    def start(self, cluster, _deadlines):
        yield cluster


class Reroutable(Stationary):
    @contextmanager
    def start_through(self, kubeconfig, cluster, _deadlines):
        assert cluster.kubeconfig != kubeconfig
        with Cluster(kubeconfig) as own:
            yield own


class Failing(Stationary):
    starts = 0

    @contextmanager
    def start(self, _cluster, _deadlines):
        self.starts += 1
        raise ImplementationFailed("it does not come up")
        yield


class NothingToReroute(Stationary):
    @contextmanager
    def start_through(self, _kubeconfig, _cluster, _deadlines):
        raise Unsupported("nothing is started")
        yield


@pytest.fixture
def running(cluster):
    with Implementations(Reroutable(), cluster.kubeconfig, Deadlines(), None) as running:
        yield running


def call(implementation):
    assert implementation.get(Reference("v1", "Namespace", "", "nobody-made-this")) is None


def test_without_a_wish_the_implementation_stays_and_goes_straight_to_the_api(running, cluster):
    first = running.get()
    assert first.kubeconfig == cluster.kubeconfig
    running.slow_down(0)
    assert running.get() is first


def test_what_one_scenario_wants_is_gone_for_the_next(running, cluster):
    running.slow_down(0.01)
    away = running.get()
    assert away.kubeconfig != cluster.kubeconfig
    call(away)
    assert running.get() is away
    running.at_full_speed()
    assert running.get().kubeconfig == cluster.kubeconfig


def test_calls_are_held_when_that_was_asked_for(running):
    held = []
    running.one_at_a_time()
    implementation = running.get()
    call(implementation)
    running.hold(lambda: held.append(True))
    call(implementation)
    assert held
    running.at_full_speed()
    held.clear()
    call(implementation)
    assert not held


def test_calls_are_not_held_for_who_asked_for_a_delay_only(running):
    held = []
    running.slow_down(0.001)
    implementation = running.get()
    running.hold(lambda: held.append(True))
    call(implementation)
    assert not held


@pytest.mark.parametrize("ask", [lambda each: each.slow_down(0.02), lambda each: each.one_at_a_time()])
@pytest.mark.parametrize(
    "driver, shared, reason",
    [(Stationary(), None, "'stationary' starts nothing"), (Reroutable(), object(), "-n 0")],
)
def test_who_cannot_be_led_through_a_relay_is_not_asked_to(cluster, driver, shared, reason, ask):
    with Implementations(driver, cluster.kubeconfig, Deadlines(), shared) as running:
        with pytest.raises(Unsupported, match=reason):
            ask(running)
        running.slow_down(0)


def test_a_driver_that_finds_nothing_to_lead_does_not_spoil_the_next_scenario(cluster):
    with Implementations(NothingToReroute(), cluster.kubeconfig, Deadlines(), None) as running:
        running.slow_down(0.02)
        with pytest.raises(Unsupported, match="nothing is started"):
            running.get()
        running.at_full_speed()
        call(running.get())


def test_what_does_not_start_is_not_started_again_for_each_scenario(cluster):
    driver = Failing()
    with Implementations(driver, cluster.kubeconfig, Deadlines(), None) as running:
        for _ in range(3):
            with pytest.raises(ImplementationFailed, match="does not come up"):
                running.get()
    assert driver.starts == 1
