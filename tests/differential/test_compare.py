"""Two runs agree in what they have seen, or it is told where they do not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.differential import KNOWN, Known, compare

SCENARIO = "charm-request-auth/claims/one"


def exchange(
    namespace: str = "gwjwt-0a1b2c3d", port: int = 20001, nonce: str = "00ff00ff00ff00ff"
) -> dict[str, Any]:
    app = f"{namespace}/dashboard"
    return {
        "purpose": "judged",
        "request": {
            "endpoint": f"http://127.0.0.1:{port}",
            "method": "GET",
            "target": f"/{namespace}-dashboard/",
            "host": None,
            "headers": [["Authorization", f"Bearer <valid token of accounts, sha256:{nonce[:12]}>"]],
            "tokens": [],
        },
        "nonce": nonce,
        "client": {
            "status": 200,
            "headers": [["date", f"today {nonce}"], ["server", "istio-envoy"], ["x-one", "1"]],
            "body": f'{{"app": "{app}", "nonce": "{nonce}"}}',
        },
        "backends": [
            {
                "app": app,
                "method": "GET",
                "path": f"/{namespace}-dashboard/",
                "headers": [
                    ["host", f"127.0.0.1:{port}"],
                    ["x-request-id", nonce],
                    ["kubeflow-userid", "user"],
                ],
            }
        ],
        "authorizer": [],
        "milliseconds": 1.0,
        "curl": "curl",
    }


def run(*exchanges: dict[str, Any], verdict: str = "passed") -> dict[str, Any]:
    told = {"id": SCENARIO, "verdict": verdict, "reason": "", "exchanges": list(exchanges)}
    return {"environment": "one", "scenarios": [told]}


def test_names_ports_nonces_and_times_do_not_count() -> None:
    other = exchange(namespace="gwjwt-99999999", port=30002, nonce="1234567890abcdef")
    found = compare(run(exchange()), run(other))
    assert found.differences == ()
    assert (found.scenarios, found.requests) == (1, 1)


def status(of: dict[str, Any]) -> None:
    of["client"]["status"] = 403


def body(of: dict[str, Any]) -> None:
    of["client"]["body"] = "RBAC: access denied"


def answered_header(of: dict[str, Any]) -> None:
    of["client"]["headers"].append(["www-authenticate", "Bearer"])


def nowhere(of: dict[str, Any]) -> None:
    of["backends"] = []


def backend_header(of: dict[str, Any]) -> None:
    for each in of["backends"]:
        each["headers"][2][1] = "somebody else"


def twice(of: dict[str, Any]) -> None:
    of["backends"][0]["headers"].append(["kubeflow-userid", "user"])


def asked(of: dict[str, Any]) -> None:
    of["authorizer"] = [{"path": "/", "headers": [], "decision": "allowed", "status": 200}]


def no_answer(of: dict[str, Any]) -> None:
    of["client"] = {"failure": "timed out"}


@pytest.mark.parametrize(
    "change,part",
    [
        (status, "status"),
        (body, "body of the answer"),
        (answered_header, "header www-authenticate of the answer"),
        (nowhere, "arrived at"),
        (backend_header, "header kubeflow-userid at <namespace 1>/dashboard"),
        (twice, "header kubeflow-userid at <namespace 1>/dashboard"),
        (asked, "authorizer"),
        (no_answer, "status"),
    ],
)
def test_each_change_is_told(change: Callable[[dict[str, Any]], None], part: str) -> None:
    changed = copy.deepcopy(exchange())
    change(changed)
    for left, right in ((exchange(), changed), (changed, exchange())):
        assert part in {each.part for each in compare(run(left), run(right)).differences}


def test_another_namespace_is_told_from_the_same() -> None:
    crossed = exchange()
    crossed["backends"][0]["app"] = "gwjwt-11111111/dashboard"
    assert compare(run(exchange()), run(crossed)).differences


def test_verdicts_and_missing_scenarios_and_requests_are_told() -> None:
    assert [each.part for each in compare(run(), run(verdict="failed")).differences] == ["verdict"]
    assert [each.right for each in compare(run(), {"scenarios": []}).differences] == ["(absent)"]
    [difference] = compare(run(exchange(), exchange()), run(exchange())).differences
    assert (difference.part, difference.left, difference.right) == ("number of requests", "2", "1")


def test_a_known_difference_is_counted_and_no_other_is_excused() -> None:
    marked = exchange()
    marked["client"]["headers"][1][1] = "gwjwt-mark"
    found = compare(run(exchange()), run(marked), [Known("header server of the answer", "a mark")])
    assert (found.differences, dict(found.known)) == ((), {"header server of the answer": 1})
    assert compare(run(exchange()), run(marked), []).differences
    assert all(each.why for each in KNOWN)


@given(
    st.lists(st.sampled_from([status, body, answered_header, nowhere, backend_header, asked]), unique=True)
)
def test_nothing_differs_but_for_a_change(changes: list[Callable[[dict[str, Any]], None]]) -> None:
    changed = copy.deepcopy(exchange())
    for change in changes:
        change(changed)
    assert bool(compare(run(exchange()), run(changed)).differences) == bool(changes)
