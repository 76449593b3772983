"""Two evidence documents compared: what differs is told, nothing else, and nothing is hidden by normalising."""

from __future__ import annotations

import copy
import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.differential.compare import NOT_RUN, compare
from gwjwt.differential.documents import RunEvidence, ScenarioEvidence, read_run
from gwjwt.differential.presentation import conclusion, document, lines

SCENARIO = "p/topic/a-scenario"
TOKEN = "<valid token of accounts, sha256:{}>"


def exchange(namespace="gwjwt-0a1b2c3d", port=20_001, status=200, **server):
    """A request with a token that reaches the dashboard, as a run records it; names are new each time."""
    nonce, fingerprint = secrets.token_hex(8), secrets.token_hex(6)
    request_id = "6e767fc3-6494-41a6-8c22-92636dfb" + secrets.token_hex(2)
    path = f"/{namespace}-dashboard/"
    return {
        "purpose": "judged",
        "request": {
            "endpoint": f"http://127.0.0.1:{port}",
            "method": "GET",
            "target": path,
            "host": None,
            "headers": [["Authorization", f"Bearer {TOKEN.format(fingerprint)}"]],
            "tokens": [{"recipe": "valid", "issuer": "accounts", "fingerprint": f"sha256:{fingerprint}"}],
        },
        "nonce": nonce,
        "client": {
            "status": status,
            "headers": [
                ["date", f"Wed, 25 Nov 2026 01:31:{secrets.randbelow(50) + 10} GMT"],
                ["server", server.get("server", "istio-envoy")],
                ["x-envoy-upstream-service-time", str(secrets.randbelow(9))],
            ],
            "body": json.dumps({"app": f"{namespace}/dashboard", "nonce": nonce}),
        },
        "backends": [
            {
                "app": f"{namespace}/dashboard",
                "method": "GET",
                "path": path,
                "headers": [
                    ["host", f"127.0.0.1:{port}"],
                    ["x-gwjwt-nonce", nonce],
                    ["x-request-id", request_id],
                    ["authorization", f"Bearer {TOKEN.format(fingerprint)}"],
                    ["x-tag", "a"],
                    ["X-Tag", "b"],
                ],
            }
        ],
        "authorizer": [
            {
                "path": path,
                "headers": [["cookie", "session=<redacted>"]],
                "decision": "allowed",
                "status": 200,
            }
        ],
        "milliseconds": secrets.randbelow(100) / 10,
        "curl": f"curl http://127.0.0.1:{port}{path}",
    }


def run(environment, *entries, verdict="passed", reason=""):
    return RunEvidence(environment, {SCENARIO: ScenarioEvidence(verdict, reason, entries)})


def differing(*entries):
    """What differs when the first entry is seen on one side and the second on the other."""
    left, right = entries
    return [each.what for each in compare(run("embedded", left), run("local-istio", right)).differences]


def other_names():
    return exchange("gwjwt-99999999", 31_337)


def test_names_of_a_run_are_no_difference():
    found = compare(run("embedded", exchange(), exchange()), run("local-istio", other_names(), other_names()))
    assert (found.agree, found.scenarios, found.requests) == (True, 1, 2)
    assert conclusion(found) == "agree: 1 scenario, 2 requests; known differences: none"


TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
STATED = st.dictionaries(st.sampled_from(["object", "key", "seen", "nonce"]), JSON, max_size=3)


@given(st.lists(STATED, max_size=4), st.sampled_from(["passed", "failed", "error"]))
def test_equal_evidence_of_any_kind_agrees(entries, verdict):
    left, right = (
        run(name, *copy.deepcopy(entries), verdict=verdict, reason=name)
        for name in ("embedded", "local-istio")
    )
    assert compare(left, right).agree


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_any_header_at_the_backend_agrees_with_itself_in_any_order(headers):
    left, right = exchange(), other_names()
    left["backends"][0]["headers"] += [list(each) for each in headers]
    right["backends"][0]["headers"] = [list(each) for each in headers] + right["backends"][0]["headers"]
    assert differing(left, right) == []


@given(st.integers(100, 599), st.integers(100, 599))
def test_a_status_is_never_normalised_away(one, other):
    assert differing(exchange(status=one), exchange(status=other)) == (
        [] if one == other else ["client status"]
    )


@given(TEXTS, TEXTS)
def test_a_header_value_is_never_normalised_away(one, other):
    left, right = exchange(), exchange()
    left["backends"][0]["headers"].append(["kubeflow-userid", one])
    right["backends"][0]["headers"].append(["kubeflow-userid", other])
    assert differing(left, right) == ([] if one == other else ["backend header kubeflow-userid"])


def changed(path, value):
    entry = other_names()
    place = entry
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return entry


@pytest.mark.parametrize(
    "path, value, what",
    [
        (("purpose",), "paired", "purpose"),
        (("request", "method"), "POST", "request"),
        (("request", "host"), "example.test", "request host"),
        (("request", "headers"), [], "request header authorization"),
        (("client", "status"), 403, "client status"),
        (("client", "body"), "RBAC: access denied", "client body"),
        (("client", "headers", 0), ["date", "yesterday"], "client header date"),
        (
            ("client", "headers", 2),
            ["x-envoy-upstream-service-time", ""],
            "client header x-envoy-upstream-service-time",
        ),
        (("backends", 0, "app"), "gwjwt-99999999/billing", "backend"),
        (("backends", 0, "app"), "gwjwt-88888888/dashboard", "backend"),
        (("backends", 0, "path"), "/", "backend"),
        (("backends", 0, "headers", 0), ["host", "127.0.0.1:31338"], "backend header host"),
        (("backends", 0, "headers", 1), ["x-gwjwt-nonce", "0" * 16], "backend header x-gwjwt-nonce"),
        (("backends", 0, "headers", 2), ["x-request-id", "mine"], "backend header x-request-id"),
        (("backends", 0, "headers", 4), ["x-tag", "b"], "backend header x-tag"),
        (("backends", 0, "headers", 5), ["x-other", ""], "backend header x-tag"),
        (("authorizer", 0, "decision"), "denied", "authorizer"),
        (("authorizer", 0, "status"), 403, "authorizer"),
        (("authorizer", 0, "headers"), [], "authorizer header cookie"),
    ],
)
def test_each_change_is_exactly_its_difference(path, value, what):
    assert [
        each for each in differing(exchange(), changed(path, value)) if each != "backend header x-other"
    ] == [what]


def test_the_token_of_another_request_is_a_difference():
    other = changed(("backends", 0, "headers", 3), ["authorization", f"Bearer {TOKEN.format('0' * 12)}"])
    assert differing(exchange(), other) == ["backend header authorization"]


@pytest.mark.parametrize("who", ["backends", "authorizer"])
def test_a_side_that_saw_nothing_is_one_difference(who):
    assert differing(exchange(), changed((who,), [])) == [who.removesuffix("s")]


def test_a_repeated_arrival_is_a_difference():
    other = other_names()
    other["backends"] *= 2
    assert differing(exchange(), other)[0] == "backend"


def test_no_answer_is_a_difference():
    assert differing(exchange(), changed(("client",), {"failure": "timed out"})) == [
        "client status",
        "client body",
        "client failure",
    ]


def test_another_gateway_of_the_scenario_is_a_difference():
    left = [exchange(port=20_001), exchange(port=20_002), exchange(port=20_002)]
    right = [exchange(port=30_001), exchange(port=30_002), exchange(port=30_001)]
    found = compare(run("embedded", *left), run("local-istio", *right)).differences
    assert [(each.request[:9], each.what) for each in found] == [
        ("request 3", "request endpoint"),
        ("request 3", "backend header host"),
    ]


def test_verdicts_and_missing_requests_and_scenarios():
    left = run("embedded", exchange(), verdict="failed", reason="it reached a backend")
    found = compare(left, run("local-istio")).differences
    assert [(each.what, each.left, each.right) for each in found] == [
        ("verdict", ("failed", "it reached a backend"), ("passed",)),
        ("number of requests", ("1",), ("0",)),
    ]
    assert compare(left, RunEvidence("local-istio")).differences[0].right == (NOT_RUN,)


def marked(mark):
    return exchange(server=mark)


@pytest.mark.parametrize(
    "left, right, environments, known, what",
    [
        ("istio-envoy", "gwjwt-3e65ad-5", ("embedded", "local-istio"), 1, []),
        ("gwjwt-3e65ad-5", "istio-envoy", ("local-istio", "embedded"), 1, []),
        ("gwjwt-3e65ad-5", "gwjwt-000000-7", ("local-istio", "local-istio"), 1, []),
        ("nginx", "gwjwt-3e65ad-5", ("embedded", "local-istio"), 0, ["client header server"]),
        ("istio-envoy", "envoy", ("embedded", "local-istio"), 0, ["client header server"]),
        ("nginx", "istio-envoy", ("embedded", "embedded"), 0, ["client header server"]),
    ],
)
def test_what_is_known_to_differ_is_counted_and_only_in_its_known_form(
    left, right, environments, known, what
):
    one, other = environments
    found = compare(run(one, marked(left)), run(other, marked(right)))
    assert [each.what for each in found.differences] == what
    assert sum(found.known.values()) == known
    assert ("known differences: server 1" in conclusion(found)) == bool(known)


def test_the_sides_stand_beside_each_other():
    refused = changed(
        ("client",), {"status": 403, "headers": exchange()["client"]["headers"], "body": "no\n" * 20}
    )
    refused["backends"] = []
    found = compare(run("embedded", exchange()), run("local-istio", refused))
    told = list(lines(found))
    assert told[0] == f"differs {SCENARIO}"
    assert told[1] == "  request 1: GET /gwjwt-#1-dashboard/ with <valid token of accounts>"
    columns = {line.index("local-istio") for line in told if "local-istio" in line}
    columns |= {line.index("403") for line in told if "403" in line}
    assert len(columns) == 1
    assert any(line.split() == ["client", "status", "200", "403"] for line in told)
    assert any(line.startswith("    backend ") and line.endswith("-") for line in told)
    assert told[-1] == "differ: 1 of 1 scenario, 1 request; known differences: none"
    assert document(found)["differences"][0] == {
        "scenario": SCENARIO,
        "request": "request 1: GET /gwjwt-#1-dashboard/ with <valid token of accounts>",
        "what": "client status",
        "values": [["200"], ["403"]],
    }


def test_a_document_is_read_back_and_nothing_else():
    text = json.dumps(
        {
            "environment": "embedded",
            "whole": True,
            "problems": [],
            "scenarios": {SCENARIO: {"verdict": "passed", "reason": "", "evidence": [{"key": "right"}]}},
        }
    )
    assert read_run(text) == run("embedded", {"key": "right"})
    for wrong in ("", "[]", "{}", text.replace("verdict", "word")):
        with pytest.raises(ValueError, match=r"no evidence of a run|Expecting value"):
            read_run(wrong)
