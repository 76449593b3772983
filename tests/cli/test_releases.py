"""Gates, comparisons and publication, as a user calls them."""

from __future__ import annotations

import json

import pytest

GATE = """
apiVersion: gwjwt.dev/v1alpha1
kind: Gate
expected:
- {entry}
"""

BROKEN = """
@profile:doors
Feature: Broken
  @level:core @clause:DOOR-OPEN-01
  Scenario: It stays shut
    Given a door
    Then the door is open
"""

BROKEN_ID = "doors/broken/it-stays-shut"


@pytest.fixture
def gated(suite):
    suite.add_scenarios("broken", BROKEN)

    def run(entry):
        file = suite.root.parent / "gate.yaml"
        file.write_text(GATE.format(entry=entry) if entry else GATE.replace("\n- {entry}", " []"))
        return suite.run("--quiet", "--gate", str(file))

    return run


def test_a_gate_is_open_for_what_it_expects(gated):
    outcome = gated(f"{{scenario: {BROKEN_ID}, verdict: failed, reason: ticket 7}}")
    assert outcome.code == 0
    assert "gate: open" in outcome.err


def test_a_gate_is_closed_for_what_it_does_not_expect(gated):
    outcome = gated("")
    assert outcome.code == 1
    assert f"gate: {BROKEN_ID}: is failed, which" in outcome.err


def test_an_expected_failure_that_did_not_happen_closes_the_gate(gated):
    outcome = gated("{clause: DOOR-OPEN-01, verdict: failed, reason: ticket 7}")
    assert outcome.code == 1
    assert "doors/opening/the-right-key: is passed, but" in outcome.err
    assert "says failed (ticket 7): change or remove the entry" in outcome.err


def test_an_expectation_that_has_expired_closes_the_gate(gated):
    outcome = gated(f"{{scenario: {BROKEN_ID}, verdict: failed, reason: ticket 7, expires: '2020-01-01'}}")
    assert outcome.code == 1
    assert "expected[0].expires: expired on 2020-01-01: ticket 7" in outcome.err
    assert f"{BROKEN_ID}: is failed, which" in outcome.err


@pytest.mark.parametrize(
    "entry, told",
    [
        ("{clause: DOOR-OPEN-9, verdict: failed, reason: x}", "expected[0].clause: 'DOOR-OPEN-9' is unknown (valid"),
        ("{scenario: doors/broken/it-stays-shot, verdict: failed, reason: x}", f"is unknown (valid: {BROKEN_ID}"),
        (f"{{scenario: {BROKEN_ID}, verdict: failed}}", "expected[0].reason: is missing"),
        (f"{{scenario: {BROKEN_ID}, verdict: passed, reason: x}}", 'expected[0].verdict: is "passed"'),
        ("{verdict: failed, reason: x}", "expected[0]: must name a scenario or a clause"),
        ("{scenario: a, verdict: failed, reson: x}", "expected[0].reson: unknown key"),
    ],
)  # fmt: skip
def test_a_wrong_gate_file_names_file_key_and_way_out(gated, entry, told):
    outcome = gated(entry)
    assert outcome.code == 2
    assert "gate.yaml: " in outcome.err
    assert told in outcome.err


def test_a_gate_made_of_a_report_is_open_for_the_same_run(suite):
    suite.add_scenarios("broken", BROKEN)
    assert suite.run("--quiet", "--report-dir", "out").code == 1
    assert suite.gwjwt("gate", "init", "out", "gate.yaml").code == 0
    assert suite.run("--quiet", "--gate", "gate.yaml").code == 0
    assert suite.gwjwt("gate", "init", "out", "gate.yaml").code == 2, "an existing file is left alone"


def test_what_got_worse_and_better_is_told_in_every_form(suite):
    suite.add_scenarios("broken", BROKEN)
    suite.run("--quiet", "--report-dir", "old")
    suite.add_scenarios("broken", BROKEN.replace("open", "shut"))
    suite.run("--quiet", "--report-dir", "new")
    better = suite.gwjwt("diff", "old", "new")
    assert (better.code, better.out) == (0, f"better {BROKEN_ID}: failed -> passed\n1 better\n")
    worse = suite.gwjwt("diff", "new", "old", "--format", "json")
    assert worse.code == 1
    assert [each["direction"] for each in worse.json["changes"]] == ["worse"]
    table = suite.gwjwt("diff", "new", "old", "--format", "markdown")
    assert f"| worse | `{BROKEN_ID}` | passed | failed |" in table.out
    assert suite.gwjwt("diff", "old", "old").out == "no scenario differs\n"
    assert suite.gwjwt("diff", "old", "nowhere").code == 2
    assert suite.gwjwt("diff", "old", "new", "--format", "xml").code == 2


@pytest.fixture
def target(suite):
    text = """
    apiVersion: gwjwt.dev/v1alpha1
    kind: Target
    implementation: {project: oak, version: "3"}
    driver: {name: doors}
    profiles: [doors]
    """
    return str(suite.write("../target.yaml", text))


def test_a_report_is_published_once(suite, target):
    assert suite.gwjwt("run", target, "--quiet", "--report-dir", "out").code == 0
    verified = suite.gwjwt("verify", "out")
    assert verified.code == 0, verified.out
    assert suite.gwjwt("publish", "out", "reports").code == 0
    place = suite.root.parent / "reports" / "oak" / "3" / "house"
    assert {each.name for each in place.iterdir()} == {"report.yaml", "evidence.jsonl.xz", "README.md"}
    assert suite.gwjwt("verify", str(place)).out == verified.out
    assert suite.gwjwt("diff", "out", str(place)).out == "no scenario differs\n"
    again = suite.gwjwt("publish", "out", "reports")
    assert again.code == 2
    assert "is there already; --force replaces it" in again.err
    assert suite.gwjwt("publish", "out", "reports", "--force").code == 0


def test_what_cannot_be_verified_is_not_published(suite, target):
    suite.gwjwt("run", target, "--quiet", "--report-dir", "out")
    file = suite.root.parent / "out" / "report.json"
    report = json.loads(file.read_text())
    report["scenarios"][0]["verdict"] = "failed"
    file.write_text(json.dumps(report))
    outcome = suite.gwjwt("publish", "out", "reports")
    assert outcome.code == 1
    assert "report.json: says something else than report.yaml" in outcome.out
    assert not (suite.root.parent / "reports").exists()


@pytest.mark.parametrize("version", ["", "../../etc"])
def test_a_report_without_a_name_for_its_folder_is_not_published(suite, target, version):
    file = suite.root.parent / "target.yaml"
    file.write_text(file.read_text().replace('"3"', f'"{version}"'))
    suite.gwjwt("run", target, "--quiet", "--report-dir", "out")
    outcome = suite.gwjwt("publish", "out", "reports")
    assert outcome.code == 2
    assert "implementation.version" in outcome.err


def test_a_part_of_a_profile_is_refused(suite, target):
    suite.gwjwt("run", target, "--quiet", "--report-dir", "out", "--clause", "DOOR-OPEN-01")
    outcome = suite.gwjwt("verify", "out")
    assert outcome.code == 1
    assert "doors/bell/it-rings: scenarios: is missing: the run was not a full one" in outcome.out
