"""The authorizer as Envoy's ext_authz filter talks to it: the client's request, without its body."""

import pytest

from gwjwt.traffic.evidence import AUTHORIZER_MARKER, LOGIN_PAGE, Request


@pytest.fixture
def check(probe, authorizer):
    """Ask the authorizer about a request with these headers, as the mesh does."""

    def ask(*headers, path="/"):
        return probe.send(authorizer.endpoint, Request(path, headers=headers))

    return ask


def test_nobody_has_a_session_at_first(check):
    exchange = check(("cookie", "session=any"))

    assert exchange.response.status == 302
    assert exchange.response.header("location") == [LOGIN_PAGE]
    assert exchange.response.header(AUTHORIZER_MARKER) == [exchange.nonce]


def test_an_approved_session_is_allowed_and_others_are_not(check, authorizer):
    cookie = authorizer.approve("s3cret")

    assert cookie == "session=s3cret"
    assert check(("Cookie", cookie)).response.status == 200
    assert check(("Cookie", f"theme=dark; {cookie}")).response.status == 200
    assert check(("Cookie", "session=s3cre")).response.status == 302
    assert check(("Cookie", "xsession=s3cret")).response.status == 302
    assert check().response.status == 302


def test_it_adds_a_token_to_approved_requests_only(check, authorizer, issuer):
    token = issuer.token()
    cookie = authorizer.approve("s3cret")
    authorizer.add_token(token)

    assert check(("cookie", cookie)).response.header("authorization") == [f"Bearer {token.encoded}"]
    assert check().response.header("authorization") == []
    authorizer.allow_all()
    assert check().response.header("authorization") == []
    authorizer.add_token(None)
    assert check(("cookie", cookie)).response.header("authorization") == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_it_denies_on_request(check, authorizer, status):
    authorizer.deny_others(status)

    assert check().response.status == status
    authorizer.send_others_to_login()
    assert check().response.status == 302


def test_it_records_what_it_was_asked_and_decided(check, authorizer, issuer):
    token = issuer.token()
    authorizer.add_token(token)
    allowed = check(("cookie", authorizer.approve("s3cret")), path="/a?b")
    sent_away = check()
    authorizer.deny_others()
    denied = check()

    [asked] = allowed.consulted
    assert (asked.path, asked.status) == ("/a?b", 200)
    assert asked.decision == f"allowed, with {token.label} added"
    assert asked.headers[-1] == ("cookie", "session=s3cret")
    assert [each.decision for each in sent_away.consulted] == ["sent to the login page"]
    assert [each.decision for each in denied.consulted] == ["denied with 403"]
    assert authorizer.count == 3


def test_reset_forgets_everything(check, authorizer, issuer):
    cookie = authorizer.approve("s3cret")
    authorizer.add_token(issuer.token())
    authorizer.deny_others()
    nonce = check().nonce
    authorizer.reset()

    assert authorizer.count == 0
    assert authorizer.consulted(nonce) == ()
    assert check(("cookie", cookie)).response.status == 302


def test_it_never_answers_with_a_token(check, authorizer, issuer):
    token = issuer.token()
    authorizer.add_token(token)

    assert token.encoded not in check(("cookie", authorizer.approve("s3cret"))).response.body
