"""What is said of requests that nobody can validate, by what the gateway did before a change and after it."""

import pytest

from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.scene.openings import Openings
from gwjwt.traffic.evidence import Exchange, Received, Request, Response
from gwjwt.traffic.leak_watch import Attempt
from gwjwt.words import AppName, Endpoint

APP = AppName("m", "app")
ATTEMPT = Attempt("no token to app", Endpoint("127.0.0.1", 1), Request("/"))


class Gateway:
    """An environment whose gateway answers with this status; 200 means that the app has the request."""

    status = 403

    @property
    def probe(self):
        return self

    def settle(self):
        pass

    def send(self, endpoint, request):
        status = self.status  # read once: a test changes it while requests are under way
        response = Response(status, (), "")
        received = (Received(APP, "GET", "/", ()),) if status == 200 else ()
        return Exchange(endpoint, request, "n", response, None, received)

    def look_again(self, exchange):
        return exchange


class Log:
    def __init__(self):
        self.entries, self.observation = [], None

    def append(self, entry):
        self.entries.append(entry)

    def record_only(self, observation):
        self.observation = observation


@pytest.fixture
def gateway():
    return Gateway()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def openings(gateway, log):
    with Openings(gateway, [ATTEMPT], log, 10) as openings:
        yield openings


def change(openings, gateway, *statuses):
    with openings.change():
        for each in statuses:
            gateway.status = each
            openings.see()


def figures(log):
    return [each["passage"] for each in log.entries if "passage" in each]


def test_a_gateway_that_stays_closed(openings, gateway, log):
    change(openings, gateway, 401, 403)
    openings.require_none()
    [passage] = figures(log)
    assert passage["closedBefore"]
    assert passage["closedAfter"]
    assert passage["sent"]
    assert passage["admitted"] == passage["windowMilliseconds"] == 0


def test_a_gateway_that_opens_on_the_way(openings, gateway, log):
    change(openings, gateway, 403)
    change(openings, gateway, 200, 403)
    with pytest.raises(
        ClauseViolated, match=r"change 2 let \d+ of \d+ requests through with no token to app"
    ):
        openings.require_none()
    assert [bool(each["admitted"]) for each in figures(log)] == [False, True]
    assert "200" in str([each["client"] for each in log.entries if "client" in each])


@pytest.mark.parametrize(
    "before, after", [(200, 403), (403, 200), (503, 403), (403, 404)], ids=lambda status: f"{status}"
)
def test_what_is_open_or_broken_at_one_end_is_no_change_between_closed_ends(gateway, log, before, after):
    gateway.status = before
    with Openings(gateway, [ATTEMPT], log, 10) as openings:
        change(openings, gateway, after)
        with pytest.raises(Inconclusive, match="begins and ends with a gateway that is closed"):
            openings.require_none()


def test_what_closes_is_recorded(gateway, log):
    gateway.status = 200
    with Openings(gateway, [ATTEMPT], log, 10) as openings:
        change(openings, gateway, 200, 403)
        change(openings, gateway, 403)
        openings.record()
    first, second = log.observation.split("; ")
    assert first.startswith("change 1 let ")
    assert first.endswith(" ms")
    assert second.startswith("change 2 let 0 of ")


def test_what_never_closes_is_not_recorded_as_closed(gateway, log):
    gateway.status = 200
    with Openings(gateway, [ATTEMPT], log, 10) as openings:
        change(openings, gateway, 200)
        with pytest.raises(Inconclusive):
            openings.record()
    assert log.observation is None
