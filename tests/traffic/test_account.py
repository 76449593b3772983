import json
import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.errors import ClauseViolated
from gwjwt.identity.recipes import RECIPES
from gwjwt.traffic import judgement
from gwjwt.traffic.account import as_evidence, curl, describe
from gwjwt.traffic.evidence import Consulted, Exchange, Presented, Received, Request, Response
from gwjwt.words import AppName, Endpoint

SHOP = AppName("market", "shop")


def exchange(request: Request, response=None, received=(), consulted=(), failure=None) -> Exchange:
    return Exchange(Endpoint("127.0.0.1", 15001), request, "n0", response, failure, received, consulted)


def everywhere(token, wrap) -> Exchange:
    """An exchange with the token, wrapped in some text, in every place where one can turn up."""
    text = wrap(token.encoded)
    headers = (
        ("authorization", text),
        ("x-other", text),
        ("cookie", f"a={text}"),
        ("set-cookie", f"a={text}"),
    )
    request = Request(
        f"/{text}?q={text}",
        headers=(("Authorization", Presented(token, "Bearer ")), ("Cookie", f"a={text}"), ("X", text)),
        query=(("access_token", Presented(token)), ("plain", text)),
    )
    return exchange(
        request,
        Response(401, (("location", f"/login?token={text}"), *headers), f"body {text}"),
        (Received(SHOP, "GET", f"/?access_token={text}", headers),),
        (Consulted(f"/{text}", headers, f"allowed {text}", 200),),
        f"failure {text}",
    )


@given(
    name=st.sampled_from([name for name in RECIPES if name != "empty"]),
    before=st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8),
    after=st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8),
)
def test_nothing_that_is_told_of_an_exchange_holds_a_token(issuer, name, before, after):
    token = issuer.token(name)
    seen = everywhere(token, lambda encoded: before + encoded + after)
    with pytest.raises(ClauseViolated) as refusal:
        judgement.require_refused(seen, seen)
    with pytest.raises(ClauseViolated) as header:
        judgement.require_header(seen, "x-other", Presented(token, "Bearer"))

    told = [
        describe(seen),
        curl(seen),
        repr(seen),
        repr(seen.response),
        repr(seen.received),
        json.dumps(as_evidence(seen)),
        json.dumps(as_evidence(seen), ensure_ascii=False),
        str(refusal.value),
        str(header.value),
    ]
    signature = token.encoded.rpartition(".")[2]
    for text in told:
        assert token.encoded not in text
        assert len(signature) < 16 or signature not in text


def test_a_curl_line_repeats_the_request(issuer):
    token = issuer.token()
    request = Request(
        "/a/../b?x=1",
        "POST",
        (("Authorization", Presented(token, "Bearer ")), ("X-Quote", "it's"), ("X-Empty", "")),
        host="shop.example.test",
        query=(("access_token", Presented(token)),),
    )

    assert shlex.split(curl(exchange(request))) == [
        "curl",
        "-sS",
        "-i",
        "--path-as-is",
        "-X",
        "POST",
        "-H",
        "Host: shop.example.test",
        "-H",
        f"Authorization: Bearer {token.label}",
        "-H",
        "X-Quote: it's",
        "-H",
        "X-Empty;",
        f"http://127.0.0.1:15001/a/../b?x=1&access_token={token.label}",
    ]


def test_a_head_request_is_repeated_as_one():
    assert curl(exchange(Request("/", "HEAD"))) == "curl -sS -i --path-as-is --head http://127.0.0.1:15001/"


def test_a_curl_line_for_tls_names_the_server():
    encrypted = replace(
        exchange(Request("/a", host="x.example")), endpoint=Endpoint("127.0.0.1", 443, "x.example")
    )
    assert curl(encrypted) == (
        "curl -sS -i --path-as-is -H 'Host: x.example' --insecure --resolve x.example:443:127.0.0.1 "
        "https://x.example:443/a"
    )


@given(
    path=st.text(st.characters(codec="ascii", min_codepoint=33), max_size=20),
    value=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_a_curl_line_is_quoted_for_the_shell(path, value):
    words = shlex.split(curl(exchange(Request(f"/{path}", headers=(("X-Text", value),)))))

    assert words[:4] == ["curl", "-sS", "-i", "--path-as-is"]
    assert len(words) == 7


def test_evidence_tells_all_sides(issuer):
    token = issuer.token("expired", audience="a")
    request = Request("/shop").with_header("Authorization", Presented(token, "Bearer "))
    seen = exchange(
        request,
        Response(200, (("content-type", "text/plain"),), "hello"),
        (Received(SHOP, "GET", "/shop", (("x-user", "u"),)),),
        (Consulted("/shop", (("cookie", "session=abc"),), "allowed", 200),),
    )

    evidence = as_evidence(seen)

    assert json.loads(json.dumps(evidence)) == evidence
    assert evidence["request"] == {
        "endpoint": "http://127.0.0.1:15001",
        "method": "GET",
        "target": "/shop",
        "host": None,
        "headers": [["Authorization", f"Bearer {token.label}"]],
        "tokens": [
            {
                "recipe": "expired",
                "issuer": "accounts",
                "fingerprint": f"sha256:{token.fingerprint}",
                "header": token.header,
                "claims": token.claims,
            }
        ],
    }
    assert evidence["client"] == {"status": 200, "headers": [["content-type", "text/plain"]], "body": "hello"}
    assert evidence["backends"] == [
        {"app": "market/shop", "method": "GET", "path": "/shop", "headers": [["x-user", "u"]]}
    ]
    assert evidence["authorizer"] == [
        {"path": "/shop", "headers": [["cookie", "session=<redacted>"]], "decision": "allowed", "status": 200}
    ]


def test_evidence_of_a_failure_says_why():
    evidence = as_evidence(exchange(Request("/"), failure="connection refused: no connection"))

    assert evidence["client"] == {"failure": "connection refused: no connection"}


def test_bytes_that_are_no_text_can_be_written():
    raw = b"\xff".decode("utf-8", "surrogateescape")
    seen = exchange(Request("/"), Response(200, (("x", raw),), ""), (Received(SHOP, "GET", f"/{raw}", ()),))

    json.dumps(as_evidence(seen), ensure_ascii=False).encode()
    describe(seen).encode()


def test_what_json_can_say_and_utf8_cannot_is_told_all_the_same(issuer):
    token = issuer.token("lone-surrogate")
    assert token.claims["nickname"] == "\ud83d"

    told = as_evidence(exchange(Request("/", headers=(("Authorization", Presented(token)),))))

    assert json.dumps(told, ensure_ascii=False).encode()
    assert told["request"]["tokens"][0]["claims"]["nickname"] == "?"


def test_what_stands_behind_a_token_is_told(issuer):
    value = Presented(issuer.token(), "Bearer ", ', realm="x"')

    told = as_evidence(exchange(Request("/", headers=(("Authorization", value),))))

    assert value.value.endswith(', realm="x"')
    assert told["request"]["headers"] == [["Authorization", f'Bearer {value.token.label}, realm="x"']]
