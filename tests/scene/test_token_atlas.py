"""The rows of a topic through a gateway that does as it is told, and what is said of each."""

from __future__ import annotations

import json

import pytest

from gwjwt.atlas.register import Topic
from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.token_atlas import TokenAtlas
from gwjwt.traffic.evidence import Exchange, Received, Request, Response
from gwjwt.words import AppName, Endpoint

APP = AppName("m", "app")
VALID = Credentials("valid", "accounts")


class Log:
    def __init__(self):
        self.entries, self.observation = [], None

    def append(self, entry):
        self.entries.append(entry)

    def record_only(self, observation):
        self.observation = observation


class Gateway:
    """A scene and its requests: answers each as the function says, a status; 200 means that the app has it."""

    def __init__(self, host, answers, controls=lambda: 200):
        self._host, self._answers, self._controls = host, answers, controls
        self._issuers = {}
        self.rule, self.sent = {}, []
        self.requests = self

    def issuer(self, name):
        return self._issuers.get(name) or self._issuers.setdefault(name, self._host.create(name))

    def protect_app_by(self, issuers, **fields):
        self.rule = {"issuers": issuers, **fields}

    def every_app(self):
        return ["app"]

    def passing(self, app):
        return VALID

    def way(self, app):
        return APP

    def send(self, app, credentials, *, purpose="judged"):
        if purpose == "paired":
            return exchange(self._controls(), Request("/"))
        request = Request("/", headers=credentials.headers, query=credentials.query)
        self.sent.append(request)
        return exchange(self._answers(request), request)

    def with_control(self, app, seen):
        return seen, self.send(app, VALID, purpose="paired")


def exchange(status, request):
    arrived = (
        (Received(APP, "GET", "/", (("x-user", "somebody"), *request.headers)),) if status == 200 else ()
    )
    plain = tuple(Received(each.app, each.method, each.path, (("x-user", "somebody"),)) for each in arrived)
    body = json.dumps({"app": str(APP), "nonce": "n"}) if status == 200 else "no"
    return Exchange(Endpoint("127.0.0.1", 1), request, "n", Response(status, (), body), None, plain)


def topic(*rows, **more):
    usual = {"what": "x", "source": "RFC 7519, 4", "says": "open"}
    return Topic.model_validate(
        {"topic": "t", "about": "x", "rows": [{**usual, **row} for row in rows], **more}
    )


REFUSED = {"name": "judged", "expect": "refused", "clauses": {"charm": ["C-01"]}}
RECORDED = {"name": "open"}


@pytest.fixture(scope="module")
def host():
    with BackgroundLoop("atlas-tests") as loop, IssuerHost(loop) as host:
        yield host


def look(host, wanted, answers, controls=lambda: 200, profile="charm"):
    log, gateway = Log(), Gateway(host, answers, controls)
    atlas = TokenAtlas(gateway, wanted, profile, log)
    atlas.protect()
    atlas.send()
    return atlas, log, gateway


def verdicts(log):
    return {each["row"]: each["verdict"] for each in log.entries}


def test_what_is_refused_as_documented_passes_and_the_rest_is_recorded(host):
    atlas, log, _ = look(host, topic(REFUSED, RECORDED), lambda _: 401)
    atlas.require_documented()
    atlas.record()
    assert verdicts(log) == {"judged": "passed", "open": "recorded"}
    assert log.observation is None


def test_a_topic_that_no_document_speaks_of_is_recorded(host):
    atlas, log, _ = look(host, topic(REFUSED, RECORDED), lambda _: 200, profile="another")
    atlas.require_documented()
    atlas.record()
    assert verdicts(log) == {"judged": "recorded", "open": "recorded"}
    assert log.observation == "2 rows of the token atlas"
    assert log.entries[0]["fate"]["handedOn"] == {"x-user": ["somebody"]}


def test_what_gets_in_against_its_document_is_a_violation_and_the_other_rows_are_sent_too(host):
    atlas, log, _ = look(host, topic(REFUSED, RECORDED), lambda _: 200)
    assert verdicts(log) == {"judged": "failed", "open": "recorded"}
    with pytest.raises(ClauseViolated, match="judged: "):
        atlas.require_documented()


@pytest.mark.parametrize("status", [404, 431, 503])
def test_what_is_neither_yes_nor_no_is_inconclusive_where_a_document_speaks(host, status):
    atlas, log, _ = look(host, topic(REFUSED, RECORDED), lambda _: status)
    assert verdicts(log) == {"judged": "inconclusive", "open": "recorded"}
    with pytest.raises(Inconclusive):
        atlas.require_documented()


@pytest.mark.parametrize("order", [[200, 403, 200], [403, 200, 200]])
def test_a_row_beside_a_valid_token_that_does_not_pass_says_nothing(host, order):
    controls = iter(order)
    atlas, log, _ = look(host, topic(REFUSED, RECORDED), lambda _: 401, lambda: next(controls))
    assert verdicts(log)["judged"] == "inconclusive"
    with pytest.raises(Inconclusive, match="a valid token beside it was not admitted"):
        atlas.require_documented()


def test_a_token_says_what_its_row_has_it_say(host):
    wanted = {
        "iss": "{iss}/",
        "exp": "now-20",
        "nbf": "now",
        "groups": "{long:30}",
        "aud": ["{iss}"],
        "email": None,
    }
    row = {"name": "odd", "token": {"claims": wanted, "header": {"typ": None, "crit": []}}}
    _, _, gateway = look(host, topic(row), lambda _: 401)
    [token] = gateway.sent[0].tokens
    iss = gateway.issuer("accounts").iss
    assert (token.claims["iss"], token.claims["aud"], token.claims["groups"]) == (f"{iss}/", [iss], "l" * 30)
    assert token.claims["nbf"] - token.claims["exp"] == 20
    assert "email" not in token.claims
    assert (token.header["crit"], "typ" in token.header) == ([], False)
    assert token.label.startswith("<odd token of accounts")


def test_a_request_is_written_as_its_row_has_it(host):
    row = {"name": "odd", "headers": ["X: a", "X: Bearer <expired>, <token>;"], "query": ["t=<token>"]}
    _, _, gateway = look(host, topic(row), lambda _: 401)
    [request] = gateway.sent
    (_, plain), (_, value) = request.headers
    assert plain == "a"
    assert (value.token.recipe, value.suffix) == ("odd", ";")
    assert value.prefix.startswith("Bearer ey")
    assert value.prefix.endswith(", ")
    [(name, parameter)] = request.query
    assert (name, parameter.value) == ("t", value.token.encoded)


def test_the_gateway_is_set_up_for_the_topic(host):
    keys = [{"name": "twin", "algorithm": "ES256", "published_as": {"kid": "{kid}"}}]
    rule = {"audiences": ["a"], "claim_to_headers": {"x-user": "sub"}}
    wanted = topic(RECORDED, keys=keys, rule=rule, also_trusted=True, rotation="kept")
    _, _, gateway = look(host, wanted, lambda _: 401)
    assert gateway.rule["issuers"] == ["accounts", "partners"]
    assert gateway.rule["audiences"] == ["a"]
    assert [(each.header, each.claim) for each in gateway.rule["claim_to_headers"]] == [("x-user", "sub")]
    kids = [each["kid"] for each in gateway.issuer("accounts").jwks["keys"]]
    assert len(kids) == 3
    assert kids[2] == kids[0] != kids[1]
