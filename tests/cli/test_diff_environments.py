"""``gwjwt diff-environments`` as a user sees it, on a small suite that runs nowhere."""

from __future__ import annotations

import json

import pytest

WINDOW = """
    @profile:doors @level:core @clause:DOOR-OPEN-01
    Feature: Window
      Scenario: It is seen
        Given a door
        When somebody looks through the window
"""

LOOKS = """
    @when("somebody looks through the window")
    def looks(door, gwjwt_target, evidence_log):
        here = gwjwt_target.environment
        evidence_log.append({"seen": "sky" if here == "embedded" else "rain\\tand more"})
        {extra}
"""


def with_window(suite, extra="pass"):
    suite.add_scenarios("window", WINDOW)
    suite.add_steps(LOOKS.replace("{extra}", extra))
    return suite


def diff(suite, *arguments):
    return suite.gwjwt("diff-environments", "--driver", "doors", *arguments)


def test_two_runs_that_agree(suite):
    outcome = diff(suite)
    assert (outcome.code, outcome.err) == (0, "running on embedded\nrunning on local-istio\n")
    assert outcome.out == "agree: 4 scenarios, 3 requests; known differences: none\n"


def test_quiet_says_nothing_when_they_agree(suite):
    outcome = diff(suite, "--quiet", "--clause", "DOOR-OPEN-02")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_what_differs_is_shown_side_by_side(suite):
    outcome = diff(with_window(suite), "--quiet", "--scenario", "doors/window")
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        "differs doors/window/it-is-seen",
        "  request 1",
        "          embedded  local-istio",
        '    seen  "sky"     "rain\\tand more"',
        "",
        "differ: 1 of 1 scenario, 1 request; known differences: none",
    ]


def test_another_verdict_differs_with_its_reason(suite):
    outcome = diff(with_window(suite, "assert here == 'embedded', 'too dark'"), "--json")
    assert outcome.code == 1
    assert outcome.json["environments"] == ["embedded", "local-istio"]
    first, second = outcome.json["differences"]
    assert (first["what"], first["values"]) == ("verdict", [["passed"], ["failed", "too dark"]])
    assert second["what"] == "seen"


def test_the_environments_can_be_named(suite):
    outcome = diff(with_window(suite), "--environment", "embedded", "--environment", "embedded")
    assert outcome.code == 0
    assert outcome.err == "running on embedded\nrunning on embedded\n"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--environment", "embedded"], "--environment: name two to compare, or none; here are 1"),
        (["--environment", "mars", "--environment", "embedded"], "environment.kind: 'mars' is unknown"),
        (["--clause", "DOR"], "unknown clause 'DOR'"),
        (["no.yaml"], "no.yaml: file: no such file or directory"),
    ],
)
def test_a_wrong_call_is_one_line_and_runs_nothing(suite, arguments, words):
    outcome = diff(suite, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_target_that_proves_wrong_in_a_run_is_bad_usage(suite):
    misuse = "raise errors.TargetError('t.yaml', 'driver.door', 'no such door', ['front'])"
    outcome = diff(with_window(suite, misuse), "--quiet", "--scenario", "doors/window")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "gwjwt: t.yaml: driver.door: no such door (valid: front)\n"


@pytest.mark.parametrize(
    "extra", ["raise errors.EnvironmentDied('envoy', 'killed')", "import os; os._exit(9)"]
)
def test_a_run_that_breaks_leaves_nothing_to_compare(suite, extra):
    outcome = diff(with_window(suite, extra), "--quiet", "--scenario", "doors/window")
    assert (outcome.code, outcome.out) == (3, "")
    assert "gwjwt: the run on embedded: nothing could be judged" in outcome.err


def test_a_run_writes_what_its_scenarios_saw(suite):
    assert suite.run("--quiet", "--evidence", "evidence.json", "-n", "2").code == 0
    found = json.loads((suite.root.parent / "evidence.json").read_text())
    assert (found["environment"], found["whole"], found["problems"]) == ("embedded", True, [])
    seen = found["scenarios"]["doors/opening/the-right-key"]
    times = [each.pop("atMilliseconds") for each in seen["evidence"] if each.get("purpose") == "step"]
    assert times == sorted(times)
    assert seen == {
        "verdict": "passed",
        "reason": "",
        "evidence": [
            {"purpose": "step", "step": "Given a door", "line": 5},
            {"purpose": "step", "step": 'When the key "right" is turned', "line": 11},
            {"key": "right"},
            {"purpose": "step", "step": "Then the door is open", "line": 12},
        ],
    }
    assert len(found["scenarios"]) == 4
