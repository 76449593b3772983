"""The stream of Cucumber messages: what the protocol's own deserialiser makes of it, and what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from importlib.metadata import version

import cucumber_messages
import pytest
from cucumber_messages import Envelope, message_converter

from gwjwt.cucumber.messages import PROTOCOL
from gwjwt.reporting.verdict import Verdict

PASSED, FAILED, SKIPPED = "PASSED", "FAILED", "SKIPPED"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The report and the messages of a run in which scenarios passed, failed and were not run."""
    folder = tmp_path_factory.mktemp("out")
    command = [sys.executable, "-m", "gwjwt", "run", "--quiet", "--fault", "deny-dropped", "-n", "2"]
    selected = [
        f"--scenario=charm-request-auth/{each}" for each in ("bearer-scope", "validation", "application-side")
    ]
    ended = subprocess.run([*command, *selected, "--report-dir", str(folder)], check=False, timeout=120)
    assert ended.returncode == 1
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    text = (folder / "cucumber-messages.ndjson").read_text(encoding="utf-8")
    return report, [json.loads(line) for line in text.splitlines()]


def all_of(messages, kind):
    return [each[kind] for each in messages if kind in each]


def test_the_protocol_s_own_deserialiser_reads_every_message_and_knows_every_key(run):
    _, messages = run
    for each in messages:
        assert len(each) == 1
        assert message_converter.to_dict(message_converter.from_dict(each, Envelope)) == each


def test_the_version_is_that_of_the_library_that_has_read_it(run):
    _, messages = run
    assert messages[0]["meta"]["protocolVersion"] == PROTOCOL == version("cucumber-messages")
    assert cucumber_messages.Envelope


def test_every_reference_has_what_it_refers_to_and_no_id_is_there_twice(run):
    _, messages = run
    pickles = all_of(messages, "pickle")
    cases = all_of(messages, "testCase")
    started = all_of(messages, "testCaseStarted")
    steps = {each["id"]: each["pickleStepId"] for case in cases for each in case["testSteps"]}
    made = [*pickles, *(step for pickle in pickles for step in pickle["steps"]), *cases, *started]
    counted = Counter([each["id"] for each in made] + list(steps))
    assert set(counted.values()) == {1}
    assert set(steps.values()) <= {step["id"] for pickle in pickles for step in pickle["steps"]}
    assert {case["pickleId"] for case in cases} <= {pickle["id"] for pickle in pickles}
    assert [each["testCaseId"] for each in started] == [case["id"] for case in cases]
    for kind in ("testStepStarted", "testStepFinished", "attachment"):
        found = all_of(messages, kind)
        assert found
        assert {each["testStepId"] for each in found} <= set(steps)
        assert {each["testCaseStartedId"] for each in found} <= {each["id"] for each in started}


def test_each_scenario_is_a_test_case_with_the_verdict_of_the_report(run):
    report, messages = run
    cases = all_of(messages, "testCase")
    started = {each["testCaseId"]: each for each in all_of(messages, "testCaseStarted")}
    names = {each["id"]: each["name"] for each in all_of(messages, "pickle")}
    assert len(cases) == len(report["scenarios"])
    verdicts = set()
    for section, case in zip(report["scenarios"], cases, strict=True):
        assert section["title"].startswith(names[case["pickleId"]])
        attempt = started[case["id"]]["id"]
        finished = [
            each for each in all_of(messages, "testStepFinished") if each["testCaseStartedId"] == attempt
        ]
        assert [each["testStepId"] for each in finished] == [each["id"] for each in case["testSteps"]]
        statuses = [each["testStepResult"]["status"] for each in finished]
        match section["verdict"]:
            case Verdict.PASSED | Verdict.RECORDED:
                assert set(statuses) == {PASSED}
            case Verdict.UNSUPPORTED:
                assert set(statuses) == {SKIPPED}
            case _:
                number = statuses.index(FAILED)
                assert statuses == [PASSED] * number + [FAILED] + [SKIPPED] * (len(statuses) - number - 1)
                told = finished[number]["testStepResult"]["message"]
                assert told == f"{section['verdict']}: {section['reason']}"
        verdicts.add(section["verdict"])
    assert verdicts >= {Verdict.PASSED, Verdict.FAILED, Verdict.UNSUPPORTED}


def test_a_run_with_a_fault_is_no_success_and_says_why(run):
    _, messages = run
    (ended,) = all_of(messages, "testRunFinished")
    assert ended["success"] is False
    assert ended["message"] == "run with the fault deny-dropped: no conformance report"


def test_the_requests_of_a_step_are_attached_to_it_and_can_be_repeated(run):
    _, messages = run
    bodies = [each["body"] for each in all_of(messages, "attachment")]
    assert any("curl -sS -i" in body and "with expired token of accounts: 401" in body for body in bodies)
