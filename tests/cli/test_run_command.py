"""``gwjwt run`` as a user sees it: what it prints, what it writes, what it returns."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from xml.etree import ElementTree as ET

import pytest

VERDICTS = """
    @profile:doors
    Feature: Verdicts
      Background:
        Given a door

      @level:core @clause:DOOR-OPEN-01
      Scenario Outline: Outcome
        When the door does <what>
        Examples:
          | what         |
          | assertion    |
          | violated     |
          | inconclusive |
          | unsupported  |
          | environment  |
          | bug          |
          | skip         |
          | xfail        |
          | teardown     |
          | recorded     |
          | crash        |

      @level:core
      Scenario Outline: Tags of examples
        When the door does <what>
        @clause:DOOR-OPEN-02
        Examples:
          | what    |
          | nothing |
"""

STEPS = """
    import pytest

    @when(parsers.parse("the door does {what}"))
    def does(door, what, request, evidence_log):
        match what:
            case "assertion": assert door == {"open": True}
            case "violated": raise errors.ClauseViolated("expected: shut\\nclient saw: open")
            case "inconclusive": raise errors.Inconclusive("404")
            case "unsupported": raise errors.Unsupported("no such thing")
            case "environment": raise errors.EnvironmentFailed("envoy", "refused it", "its log")
            case "bug": {}["x"]
            case "skip": pytest.skip("not here")
            case "xfail": pytest.xfail("known")
            case "teardown": request.getfixturevalue("doorstep")
            case "recorded": evidence_log.record_only("it was green")
            case "violation in a ruin":
                request.getfixturevalue("house").wall = "fallen"
                raise errors.ClauseViolated("expected: shut\\nclient saw: open")
            case "died": raise errors.EnvironmentDied("envoy", "killed by signal 9")
            case "misuse": raise errors.TargetError("t.yaml", "driver.door", "no such door", ["front"])
            case "crash":
                if "PYTEST_XDIST_WORKER" in os.environ:
                    os.kill(os.getpid(), 9)
            case "waits":
                import pathlib, threading
                pathlib.Path("waiting").touch()
                threading.Event().wait(60)
"""

EXPECTED = {
    "assertion": "failed",
    "violated": "failed",
    "inconclusive": "inconclusive",
    "unsupported": "unsupported",
    "environment": "error",
    "bug": "error",
    "skip": "unsupported",
    "xfail": "expected-failure",
    "teardown": "error",
    "recorded": "recorded",
    "crash": "passed",
}


def verdicts(report):
    return {scenario["id"]: scenario["verdict"] for scenario in report["scenarios"]}


def one_scenario(what):
    return f"""
    @profile:doors @level:core @clause:DOOR-OPEN-01
    Feature: One
      Scenario: First
        Given a door
        When the door does {what}
      Scenario: Second
        Given a door
        When the door does nothing
    """


def test_a_run_where_all_holds_is_conformant(suite):
    outcome = suite.run("--report-dir", "out")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0] == "running 4 scenarios"
    assert "profile doors: passed (core passed: 3 passed; extended passed: 1 passed)" in outcome.out
    assert "result: conformant, 4 scenarios" in outcome.out
    report = suite.report("out")
    assert report["environment"] == {"kind": "house", "versions": {"brick": "2"}}
    assert report["implementation"]["project"] == "", "the bundled reference is not what was tested"
    assert {clause["id"]: clause["verdict"] for clause in report["clauses"]} == {
        "DOOR-OPEN-01": "passed",
        "DOOR-OPEN-02": "passed",
        "DOOR-BELL-01": "passed",
    }


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_outcome_becomes_its_verdict_with_and_without_worker_processes(suite, workers):
    suite.add_scenarios("verdicts", VERDICTS)
    suite.add_steps(STEPS)
    outcome = suite.run("-n", workers, "--report-dir", "out")
    assert outcome.code == 1
    found = verdicts(suite.report("out"))
    expected = EXPECTED | ({"crash": "error"} if workers != "0" else {})
    assert {what: found[f"doors/verdicts/outcome[{what}]"] for what in expected} == expected
    assert found["doors/verdicts/tags-of-examples[nothing]"] == "passed"
    assert len(found) == 16
    reasons = {scenario["id"]: scenario["reason"] for scenario in suite.report("out")["scenarios"]}
    assert reasons["doors/verdicts/outcome[violated]"] == "expected: shut\nclient saw: open"
    assert reasons["doors/verdicts/outcome[environment]"].startswith(
        "the environment failed: envoy: refused it"
    )
    assert reasons["doors/verdicts/outcome[recorded]"] == "it was green"
    assert "  at: When the door does violated (verdicts.feature:9)\n    expected: shut\n" in outcome.out
    junit = ET.parse(suite.root.parent / "out" / "junit.xml").getroot()
    assert junit.get("tests") == "16"
    assert junit.get("failures") == "3"


def test_what_the_seconds_went_to_can_be_written(suite):
    assert suite.run("--quiet", "--timings", "timings.json").code == 0
    timings = json.loads((suite.root.parent / "timings.json").read_text())
    assert set(timings["phases"]) == {"harness", "requests"}
    assert timings["scenarioCount"] == len(timings["scenarios"]) == 4
    assert sum(timings["phases"].values()) <= timings["durationSeconds"]


def test_nothing_is_said_against_an_implementation_in_a_broken_place(suite):
    suite.add_scenarios("one", one_scenario("violation in a ruin"))
    suite.add_steps(STEPS)
    outcome = suite.run("--scenario", "doors/one/first", "--report-dir", "out")
    assert outcome.code == 3
    [scenario] = suite.report("out")["scenarios"]
    assert scenario["verdict"] == "error"
    assert scenario["reason"] == "the environment failed: the wall: fallen"


def test_after_the_environment_died_nothing_more_is_tried(suite):
    suite.add_scenarios("one", one_scenario("died"))
    suite.add_steps(STEPS)
    outcome = suite.run("--scenario", "doors/one", "--report-dir", "out")
    assert outcome.code == 3
    assert verdicts(suite.report("out")) == {"doors/one/first": "error", "doors/one/second": "error"}
    assert "killed by signal 9\nerror 1 more scenario: for the same reason\n" in outcome.out


def test_an_environment_that_does_not_start_is_tried_once(suite):
    conftest = suite.root / "steps" / "conftest.py"
    suite.write("steps/conftest.py", conftest.read_text().replace("yield house", NO_START))
    outcome = suite.run("--report-dir", "out")
    assert outcome.code == 3
    assert set(verdicts(suite.report("out")).values()) == {"error"}
    assert (suite.root.parent / "attempts").read_text() == "once "


NO_START = """
    with open("attempts", "a") as attempts:
        attempts.write("once ")
    from gwjwt.errors import EnvironmentFailed
    raise EnvironmentFailed("house", "no bricks")
    yield
"""


def test_a_target_that_proves_wrong_during_the_run_is_bad_usage(suite):
    suite.add_scenarios("one", one_scenario("misuse"))
    suite.add_steps(STEPS)
    outcome = suite.run("--scenario", "doors/one/first", "--quiet")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "gwjwt: t.yaml: driver.door: no such door (valid: front)\n"


def test_selections_and_quiet(suite):
    assert suite.run("--clause", "DOOR-OPEN-02", "--quiet").out == ""
    outcome = suite.run("--scenario", "doors/opening/other-keys", "--json")
    assert outcome.code == 0
    assert list(verdicts(outcome.json)) == [
        "doors/opening/other-keys[wrong]",
        "doors/opening/other-keys[none]",
    ]
    assert outcome.json["profiles"][0]["result"] == "incomplete", "a part of a profile shows no conformance"
    assert "all selected scenarios passed" in outcome.err


def test_one_level(suite):
    suite.add_scenarios("one", one_scenario("misuse").replace("@level:core", "@level:extended"))
    suite.add_steps(STEPS)
    outcome = suite.run("--level", "core", "--json")
    assert outcome.code == 0
    assert "doors/one/first" not in verdicts(outcome.json)
    assert "a part of the profile: no conformance" in outcome.err


def test_a_seed_gives_an_order(suite):
    lines = suite.run("--seed", "2").out.splitlines()
    order = [line.split()[2] for line in lines if line.startswith("passed ")]
    assert order == [
        "doors/opening/other-keys[none]",
        "doors/opening/other-keys[wrong]",
        "doors/opening/the-right-key",
        "doors/bell/it-rings",
    ]


def test_fail_fast_stops_and_is_not_conformant(suite):
    suite.add_scenarios("a-first", one_scenario("violated"))
    suite.add_steps(STEPS)
    outcome = suite.run("--fail-fast", "--json", "--scenario", "doors/a-first")
    assert outcome.code == 1
    assert verdicts(outcome.json) == {"doors/a-first/first": "failed"}


def test_what_the_implementation_does_not_claim_is_unsupported_and_not_passed(suite):
    target = suite.write(
        "../target.yaml",
        """
        apiVersion: gwjwt.dev/v1alpha1
        kind: Target
        driver: {name: doors, bell: false}
        """,
    )
    outcome = suite.gwjwt("run", str(target), "--json")
    assert outcome.code == 0
    assert verdicts(outcome.json)["doors/bell/it-rings"] == "unsupported"
    assert outcome.json["profiles"][0]["extended"]["unsupportedFeatures"] == ["Bell"]
    assert (
        "unsupported doors/bell/it-rings: the implementation does not claim the feature Bell" in outcome.err
    )


def test_a_profile_that_the_driver_cannot_express_is_not_judged(suite):
    suite.write(
        "features/windows/light.feature",
        """
        @profile:windows @level:core @clause:WINDOW-01
        Feature: Light
          Scenario: Light
            Given a door
        """,
    )
    suite.write(
        "steps/test_windows.py", "from pytest_bdd import scenarios\nscenarios('../features/windows')\n"
    )
    outcome = suite.run("--profile", "windows", "--report-dir", "out")
    assert outcome.code == 3
    assert verdicts(suite.report("out")) == {"windows/light/light": "unsupported"}


def test_a_suite_that_does_not_load_is_no_pass(suite):
    suite.write("steps/test_doors.py", "import no_such_module\n")
    outcome = suite.run("--report-dir", "out")
    assert outcome.code == 3
    assert "no_such_module" in outcome.out
    assert suite.report("out")["profiles"][0]["result"] == "error"


@pytest.mark.parametrize("arguments", [("--timings", "no/folder.json"), ("--report-dir", "reports")])
def test_what_cannot_be_written_leaves_the_summary_and_no_conformance(suite, arguments):
    suite.write("../reports/report.yaml/a-folder-in-its-place", "")
    outcome = suite.run(*arguments)
    assert (outcome.code, outcome.err) == (3, "")
    assert "error writing the output" in outcome.out
    assert "core error: 3 passed" in outcome.out
    assert "report: " not in outcome.out


def test_a_reader_that_goes_away_ends_neither_the_run_nor_its_reports(suite):
    command = shlex.join(suite.command("run", "--driver", "doors", "--report-dir", "out"))
    shell = ["bash", "-c", f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(
        shell, env=suite.surroundings, cwd=suite.root.parent, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "running 4 scenarios\n", "")
    assert set(verdicts(suite.report("out")).values()) == {"passed"}


@pytest.mark.parametrize("closed, code", [(">&-", 0), (">&- 2>&-", 0), (">/dev/full", 3)])
def test_without_standard_output_the_exit_code_remains(suite, closed, code):
    command = f"{shlex.join(suite.command('run', '--driver', 'doors'))} {closed}"
    done = subprocess.run(
        ["bash", "-c", command], env=suite.surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_and_writes_what_there_is(suite, number):
    suite.add_scenarios("waiting", one_scenario("waits"))
    suite.add_steps(STEPS)
    conftest = suite.root / "steps" / "conftest.py"
    suite.write("steps/conftest.py", conftest.read_text().replace("yield house", TEARDOWN))
    folder = suite.root.parent
    running = subprocess.Popen(
        suite.command("run", "--driver", "doors", "--report-dir", "out"),
        env=suite.surroundings,
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    suite.wait_for(folder / "waiting")
    os.kill(running.pid, number)
    out, _ = running.communicate(timeout=30)
    assert running.returncode == 3
    assert "not finished doors/waiting/first" in out
    assert "result: interrupted" in out
    assert (folder / "torn-down").exists()
    report = suite.report("out")
    assert report["profiles"][0]["result"] == "interrupted"
    assert len(report["scenarios"]) == 4


TEARDOWN = """
    yield house
    import pathlib
    pathlib.Path("torn-down").touch()
"""


def test_plain_pytest_shows_our_words_and_can_write_the_reports(suite):
    suite.add_scenarios("one", one_scenario("violated"))
    suite.add_steps(STEPS)
    outcome = suite.pytest(
        "steps", "--gwjwt-driver=doors", "--gwjwt-report-dir=out", "--strict-markers", "-ra", "-W", "error"
    )
    assert outcome.code == 1
    assert "doors/one/first" in outcome.out
    assert "expected: shut\nclient saw: open" in outcome.out
    assert "vocabulary/doors.py" not in outcome.out, "no traceback through the suite"
    assert "Unknown pytest.mark" not in outcome.out
    assert verdicts(suite.report("suite/out"))["doors/one/first"] == "failed"


def test_plain_pytest_tells_a_wrong_option_in_one_line(suite):
    outcome = suite.pytest(
        "steps", "--gwjwt-driver=doors", "--gwjwt-report-dir=out", "--gwjwt-clause=DOR-OPEN-1"
    )
    assert outcome.code == 4
    assert "ERROR: unknown clause 'DOR-OPEN-1'; did you mean DOOR-OPEN-01" in outcome.err
