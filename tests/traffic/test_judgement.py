"""Exchanges made by hand, and what is concluded from each."""

import pytest

from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.traffic import judgement
from gwjwt.traffic.evidence import (
    AUTHORIZER_MARKER,
    LOGIN_PAGE,
    Consulted,
    Exchange,
    FailureKind,
    Presented,
    Received,
    Request,
    Response,
)
from gwjwt.words import AppName, Endpoint

SHOP = AppName("market", "shop")
CART = AppName("market", "cart")
GATEWAY = Endpoint("127.0.0.1", 15001)
NONCE = "0123456789abcdef"


def exchange(
    response=None, received=(), consulted=(), failure=None, request=None, failure_kind=None
) -> Exchange:
    return Exchange(
        GATEWAY,
        request or Request("/shop"),
        NONCE,
        response,
        failure,
        tuple(received),
        tuple(consulted),
        failure_kind=failure_kind,
    )


def arrival(app=SHOP, *headers) -> Received:
    return Received(app, "GET", "/shop", headers)


def answer_of(app=SHOP, nonce=NONCE) -> Response:
    return Response(200, (), f'{{"app": "{app}", "nonce": "{nonce}"}}')


def admitted(app=SHOP, *headers) -> Exchange:
    return exchange(answer_of(app), [arrival(app, *headers)])


def answered(status, body="", received=()) -> Exchange:
    return exchange(Response(status, (), body), received)


def failed(received=()) -> Exchange:
    return exchange(
        failure="timed out: nothing within 5 s", failure_kind=FailureKind.TIMED_OUT, received=received
    )


def sent_to_login(status=302, place=LOGIN_PAGE, received=()) -> Exchange:
    response = Response(status, ((AUTHORIZER_MARKER, NONCE), ("location", place)), "sent to the login page")
    return exchange(response, received, [Consulted("/shop", (), "sent to the login page", 302)])


CART = AppName("market", "cart")


def through(*apps) -> Exchange:
    """Answered by the shop, after it has arrived at these."""
    return exchange(answer_of(SHOP), [arrival(each) for each in apps])


def test_what_reaches_each_app_of_a_chain_is_admitted():
    judgement.require_admitted(through(SHOP, CART), (SHOP, CART))
    assert not judgement.is_admitted(through(SHOP, CART), SHOP)


@pytest.mark.parametrize("apps", [(SHOP,), (CART, SHOP), ()])
def test_what_does_not_reach_a_chain_in_its_order_is_not_admitted(apps):
    with pytest.raises((ClauseViolated, Inconclusive)):
        judgement.require_admitted(through(*apps), (SHOP, CART))


@pytest.mark.parametrize("apps", [(SHOP, CART, CART), (SHOP, AppName("market", "other"))])
def test_what_arrives_twice_or_elsewhere_violates(apps):
    with pytest.raises(ClauseViolated):
        judgement.require_admitted(through(*apps), (SHOP, CART))


def test_a_refusal_is_paired_with_a_request_that_passes_the_whole_chain():
    judgement.require_refused(answered(403), through(SHOP, CART), at=(SHOP, CART))
    with pytest.raises(Inconclusive):
        judgement.require_refused(answered(403), through(SHOP), at=(SHOP, CART))


def test_the_count_of_the_last_app_is_read_from_what_the_chain_says():
    said = answered(
        200, '{"app": "market/shop", "nonce": "n", "says": "shop => cart v1 from \'market/cart\': 12"}'
    )
    assert judgement.count_of_last(said) == 12
    with pytest.raises(Inconclusive):
        judgement.count_of_last(admitted())


def test_what_the_client_is_told_may_stand_among_other_words():
    judgement.require_told(answered(401, "Origin Jwt verification fails"), "Jwt verification fails")
    with pytest.raises(ClauseViolated):
        judgement.require_told(answered(401, "jwt verification fails"), "Jwt verification fails")


PROVES_NOTHING = {
    "404": answered(404, "no route"),
    "500": answered(500),
    "503": answered(503, "no healthy upstream"),
    "200 of nobody knows whom": answered(200, "hello"),
    "redirect of nobody knows whom": answered(302),
    "time-out": failed(),
}
ARRIVED = {
    "with 200": admitted(),
    "though the client saw 403": answered(403, received=[arrival()]),
    "though the client saw 503": answered(503, received=[arrival(CART)]),
    "though the client saw nothing": failed([arrival()]),
    "though the client was sent to the login": sent_to_login(received=[arrival()]),
}
NO_CONTROL = {
    "refused": answered(403),
    "never arrived": exchange(answer_of()),
    "arrived twice": exchange(answer_of(), [arrival(), arrival()]),
    "answered by another": exchange(answer_of(CART), [arrival(SHOP)]),
    "answered for another request": exchange(answer_of(nonce="another"), [arrival()]),
    "timed out": failed(),
}


def cases(table):
    return pytest.mark.parametrize("seen", table.values(), ids=table.keys())


def judge(check, *arguments):
    """The kind of verdict: None if all is well."""
    try:
        check(*arguments)
    except (ClauseViolated, Inconclusive) as found:
        return type(found)
    return None


class TestAdmission:
    def test_one_arrival_and_its_own_answer_is_admission(self):
        judgement.require_admitted(admitted(), SHOP)

    def test_a_head_request_has_no_body_to_show(self):
        seen = exchange(Response(200, (), ""), [arrival()], request=Request("/shop", "HEAD"))

        judgement.require_admitted(seen, SHOP)

    @cases(PROVES_NOTHING)
    def test_what_proves_nothing_is_inconclusive(self, seen):
        assert judge(judgement.require_admitted, seen, SHOP) is Inconclusive

    @cases(
        {
            "refused 401": answered(401),
            "refused 403": answered(403),
            "sent to the login": sent_to_login(),
            "arrived elsewhere": admitted(CART),
            "arrived twice": exchange(answer_of(), [arrival(), arrival()]),
            "arrived here and elsewhere": exchange(answer_of(), [arrival(), arrival(CART)]),
        }
    )
    def test_everything_else_is_a_violation(self, seen):
        assert judge(judgement.require_admitted, seen, SHOP) is ClauseViolated

    @cases(NO_CONTROL)
    def test_a_backends_word_alone_is_not_enough(self, seen):
        assert judge(judgement.require_admitted, seen, SHOP) is not None


class TestRefusal:
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_documented_status_beside_an_admitted_request_is_a_refusal(self, status):
        judgement.require_refused(answered(status), admitted())

    @cases(PROVES_NOTHING)
    def test_what_proves_nothing_is_inconclusive(self, seen):
        assert judge(judgement.require_refused, seen, admitted()) is Inconclusive

    @cases(ARRIVED)
    def test_an_arrival_is_a_violation_whatever_the_client_saw(self, seen):
        assert judge(judgement.require_refused, seen, admitted()) is ClauseViolated
        assert judge(judgement.require_refused, seen, answered(403)) is ClauseViolated

    @cases(NO_CONTROL)
    def test_without_an_admitted_paired_request_it_is_inconclusive(self, seen):
        assert judge(judgement.require_refused, answered(403), seen) is Inconclusive

    def test_the_other_refusal_status_is_a_violation_where_one_is_documented(self):
        only = frozenset({401})

        assert judge(judgement.require_refused, answered(401), admitted(), only) is None
        assert judge(judgement.require_refused, answered(403), admitted(), only) is ClauseViolated
        assert judge(judgement.require_refused, answered(403), answered(403), only) is Inconclusive

    def test_the_authorizers_answer_is_no_refusal(self):
        assert judge(judgement.require_refused, sent_to_login(), admitted()) is ClauseViolated
        assert judge(judgement.require_refused, sent_to_login(403), admitted()) is ClauseViolated

    def test_the_paired_request_has_to_arrive_where_the_refused_one_was_going(self):
        arguments = answered(403), admitted(CART), judgement.REFUSALS
        assert judge(judgement.require_refused, *arguments, CART) is None
        assert judge(judgement.require_refused, *arguments, SHOP) is Inconclusive


class TestKeptOut:
    @cases({"401": answered(401), "403": answered(403), "login": sent_to_login()})
    def test_gateway_or_authorizer_may_answer(self, seen):
        judgement.require_kept_out(seen, admitted())

    @cases(PROVES_NOTHING)
    def test_what_proves_nothing_is_inconclusive(self, seen):
        assert judge(judgement.require_kept_out, seen, admitted()) is Inconclusive

    @cases(ARRIVED)
    def test_an_arrival_is_a_violation(self, seen):
        assert judge(judgement.require_kept_out, seen, admitted()) is ClauseViolated

    @cases(NO_CONTROL)
    def test_without_an_admitted_paired_request_it_is_inconclusive(self, seen):
        assert judge(judgement.require_kept_out, sent_to_login(), seen) is Inconclusive


class TestAuthorizerAnswer:
    def test_its_own_answer_is_known_by_its_mark(self):
        judgement.require_authorizer_answer(sent_to_login())
        judgement.require_authorizer_answer(sent_to_login(), 302)
        judgement.require_login_redirect(sent_to_login())

    def test_a_denial_is_an_answer_too(self):
        denied = exchange(
            Response(403, ((AUTHORIZER_MARKER, NONCE),), "denied"),
            consulted=[Consulted("/", (), "denied", 403)],
        )

        judgement.require_authorizer_answer(denied)
        assert judge(judgement.require_login_redirect, denied) is ClauseViolated

    @cases(PROVES_NOTHING)
    def test_what_proves_nothing_is_inconclusive(self, seen):
        assert judge(judgement.require_authorizer_answer, seen) is Inconclusive
        assert judge(judgement.require_login_redirect, seen) is Inconclusive

    @cases({**ARRIVED, "refused by the gateway": answered(403), "another status": sent_to_login(status=307)})
    def test_everything_else_is_a_violation(self, seen):
        assert judge(judgement.require_authorizer_answer, seen) is ClauseViolated

    def test_a_mark_of_another_request_is_none(self):
        stale = exchange(
            Response(302, ((AUTHORIZER_MARKER, "another"),), ""), consulted=[Consulted("/", (), "sent", 302)]
        )

        assert judge(judgement.require_authorizer_answer, stale) is Inconclusive

    def test_another_login_page_is_a_violation(self):
        assert (
            judge(judgement.require_login_redirect, sent_to_login(place="https://x.test/")) is ClauseViolated
        )

    def test_being_asked_is_judged_by_its_own_record(self):
        asked = exchange(answer_of(), [arrival()], [Consulted("/shop", (), "allowed")])

        assert judge(judgement.require_consulted, asked) is None
        assert judge(judgement.require_not_consulted, asked) is ClauseViolated
        assert judge(judgement.require_consulted, admitted()) is ClauseViolated
        assert judge(judgement.require_not_consulted, admitted()) is None


class TestApproval:
    def test_a_request_that_the_authorizer_allowed_is_approved(self):
        judgement.require_approved(exchange(consulted=[Consulted("/shop", (), "allowed", 200)]))

    @cases({"not asked": answered(403), "not allowed": sent_to_login()})
    def test_everything_else_is_a_violation(self, seen):
        assert judge(judgement.require_approved, seen) is ClauseViolated


class TestHeaders:
    def test_exactly_once_and_byte_for_byte(self):
        judgement.require_header(admitted(SHOP, ("X-User", "a@b.test")), "x-user", "a@b.test")

    @pytest.mark.parametrize(
        "headers",
        [
            (),
            (("x-user", "A@b.test"),),
            (("x-user", "a@b.test "),),
            (("x-user", "a@b.test"), ("x-user", "a@b.test")),
            (("x-user", "a@b.test,a@b.test"),),
            (("x-users", "a@b.test"),),
        ],
    )
    def test_anything_else_is_a_violation(self, headers):
        assert (
            judge(judgement.require_header, admitted(SHOP, *headers), "x-user", "a@b.test") is ClauseViolated
        )

    def test_a_forwarded_token_is_compared_with_its_prefix(self, issuer):
        sent = Presented(issuer.token(), "Bearer ")

        assert judge(judgement.require_header, admitted(SHOP, ("a", sent.value)), "a", sent) is None
        assert (
            judge(judgement.require_header, admitted(SHOP, ("a", sent.token.encoded)), "a", sent)
            is ClauseViolated
        )

    def test_absence_means_absence(self):
        assert judge(judgement.require_no_header, admitted(), "x-user") is None
        assert judge(judgement.require_no_header, admitted(SHOP, ("X-User", "")), "x-user") is ClauseViolated

    @cases({"none": answered(403), "two": exchange(answer_of(), [arrival(), arrival()])})
    def test_without_a_single_arrival_there_is_nothing_to_look_at(self, seen):
        assert judge(judgement.require_header, seen, "x", "y") is Inconclusive
        assert judge(judgement.require_no_header, seen, "x") is Inconclusive


class TestMessages:
    def test_a_failure_tells_all_sides_and_how_to_repeat_it(self, issuer):
        token = issuer.token("expired")
        request = Request("/shop").with_header("Authorization", Presented(token, "Bearer "))
        seen = exchange(answer_of(), [arrival()], request=request)
        with pytest.raises(ClauseViolated) as caught:
            judgement.require_refused(seen, admitted())

        url = "http://127.0.0.1:15001/shop"
        assert str(caught.value).splitlines() == [
            "expected:      refused with 401 or 403, and no backend receives it",
            "but:           it reached a backend",
            f"request:       GET /shop with {token.label}",
            f'client saw:    200 "{answer_of().body}"',
            "backends saw:  market/shop received GET /shop",
            "authorizer:    not asked",
            f"repeat with:   curl -sS -i --path-as-is -H 'Authorization: Bearer {token.label}' {url}",
        ]

    def test_a_missing_control_is_told_with_what_it_saw(self):
        with pytest.raises(
            Inconclusive, match=r"paired request, GET /shop with no token, was not admitted: 404"
        ):
            judgement.require_refused(answered(403), answered(404))

    def test_unexpected_headers_are_shown_without_their_secrets(self, issuer):
        token = issuer.token()
        seen = admitted(SHOP, ("Authorization", f"Bearer {token.encoded}"), ("authorization", "Basic x"))
        with pytest.raises(ClauseViolated) as caught:
            judgement.require_no_header(seen, "authorization")

        assert f"received authorization: Bearer {token.label} and authorization: Basic <redacted>" in str(
            caught.value
        )
