"""What a watch says of a gateway that opens and closes while it looks."""

import threading

import pytest
from aiohttp import web

from gwjwt.local.loopback import LoopbackServer
from gwjwt.traffic.evidence import NONCE, Received, Request
from gwjwt.traffic.leak_watch import Attempt, LeakWatch
from gwjwt.traffic.probe import Probe
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName

APP = AppName("m", "app")
PATIENCE = 10


class Gateway:
    """Lets requests through while it is open, and is the record of what has arrived."""

    def __init__(self):
        self.open_to = set()
        self.arrived = {}

    async def answer(self, request):
        if request.path in self.open_to:
            self.arrived[request.headers[NONCE]] = (Received(APP, "GET", request.path, ()),)
            return web.Response()
        return web.Response(status=403)

    def received(self, nonce):
        return self.arrived.get(nonce, ())

    def consulted(self, _nonce):
        return ()


@pytest.fixture
def gateway():
    return Gateway()


@pytest.fixture
def watch(background, gateway, arrivals):
    deadlines = Deadlines()
    with (
        LoopbackServer(background, gateway.answer) as server,
        Probe(gateway, gateway, deadlines, arrivals) as probe,
        LeakWatch(probe, [Attempt(path, server.endpoint, Request(path)) for path in ("/a", "/b")]) as watch,
    ):
        yield watch


def told(watch):
    return {
        (each.number, each.attempt.what): (
            each.before.is_admitted,
            bool(each.admitted),
            each.after.is_admitted,
        )
        for each in watch.passages()
    }


def last_end(passage):
    return max(each.ended for each in passage.admitted)


def test_an_opening_on_the_way_is_seen_in_the_change_and_the_attempt_that_it_belongs_to(watch, gateway):
    with watch.change():
        watch.see(PATIENCE)
    with watch.change():
        gateway.open_to = {"/b"}
        watch.see(PATIENCE)
        gateway.open_to = set()
    with watch.change():
        watch.see(PATIENCE)
    assert told(watch) == {
        (1, "/a"): (False, False, False),
        (1, "/b"): (False, False, False),
        (2, "/a"): (False, False, False),
        (2, "/b"): (False, True, False),
        (3, "/a"): (False, False, False),
        (3, "/b"): (False, False, False),
    }


def test_the_window_is_as_long_as_requests_get_through(watch, gateway):
    with watch.change():
        watch.see(PATIENCE)
        gateway.open_to = {"/a"}
        watch.see(PATIENCE)
        gateway.open_to = set()
    [a, b] = watch.passages()
    assert a.window == pytest.approx((last_end(a) - a.admitted[0].begun) * 1000)
    assert a.admitted[0].begun > a.changed[0]
    assert b.window == 0


def test_the_window_of_what_was_open_before_begins_with_the_change(watch, gateway):
    gateway.open_to = {"/a", "/b"}
    with watch.change():
        watch.see(PATIENCE)
    with watch.change():
        watch.see(PATIENCE)
        gateway.open_to = set()
    closing = [each for each in watch.passages() if each.number == 2]
    for each in closing:
        assert each.before.is_admitted
        assert each.window == pytest.approx((last_end(each) - each.changed[0]) * 1000)


def test_what_arrives_after_the_answer_counts(watch, gateway):
    with watch.change():
        watch.see(PATIENCE)
    watch.stop()
    late = next(iter(watch.passages())).during[-1]
    gateway.arrived[late.exchange.nonce] = (Received(APP, "GET", "/a", ()),)
    assert next(iter(watch.passages())).admitted


def test_to_see_means_each_attempt_once_more(watch):
    with watch.change():
        watch.see(PATIENCE)
    assert all(each.during for each in watch.passages())


def test_nobody_waits_for_a_watch_that_has_stopped(watch):
    watch.stop()
    seeing = threading.Thread(target=watch.see, args=[PATIENCE], daemon=True)
    seeing.start()
    seeing.join(PATIENCE / 2)
    assert not seeing.is_alive()


def test_a_round_that_takes_too_long_is_told(watch):
    with pytest.raises(TimeoutError, match="no round of 2 requests within 0 s"):
        watch.see(0)
