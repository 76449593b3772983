from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from gwjwt.errors import UsageError
from gwjwt.reporting.conclusion import ExitCode, conclude_run
from gwjwt.reporting.conformance import RunRecord, conformance_report
from gwjwt.reporting.directory import ReportDirectory, write_atomically
from gwjwt.reporting.document import Report, json_schema
from gwjwt.reporting.events import (
    EnvironmentFacts,
    EnvironmentStarted,
    ImplementationFacts,
    RunFinished,
    RunProblem,
    RunStarted,
    ScenarioFinished,
    ScenariosSelected,
    ScenarioStarted,
)
from gwjwt.reporting.junit import junit_xml
from gwjwt.reporting.summary import summary
from gwjwt.reporting.verdict import EARLIER, Verdict
from gwjwt.waiting import Deadlines

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIiwic3ViIjoiYiJ9.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"


@dataclass(frozen=True)
class Scenario:
    id: str
    level: str = "core"
    clauses: tuple[str, ...] = ("DOOR-01",)
    optional_features: tuple[str, ...] = ()
    profile: str = "doors"
    title: str = "A door"


@dataclass(frozen=True)
class Clause:
    id: str
    level: str = "core"
    profile: str = "doors"


SCENARIOS = (Scenario("one"), Scenario("two", clauses=("DOOR-01", "DOOR-02")))
BELL = Scenario("bell", level="extended", clauses=("BELL-01",), optional_features=("Bell",))
CLAUSES = (
    Clause("DOOR-01"),
    Clause("DOOR-02"),
    Clause("DOOR-03", level="note"),
    Clause("WINDOW-01", profile="w"),
)


def events(
    *verdicts,
    interrupted=False,
    narrowed=False,
    selected=None,
    scenarios=SCENARIOS,
    reason="why",
    fault=None,
):
    """A run that gave these verdicts, in the order of the scenarios."""
    yield RunStarted(
        started_at=datetime(2026, 5, 1, tzinfo=UTC),
        suite_version="1.2",
        features_digest="sha256:00",
        implementation=ImplementationFacts("org", "project", "https://x", "3", ("a@b",)),
        driver="manifests",
        profiles=frozenset({"doors"}),
        features=frozenset({"Bell"}),
        environment="embedded",
        deadlines=Deadlines(),
        narrowed=narrowed,
        fault=fault,
    )
    yield ScenariosSelected(len(scenarios) if selected is None else selected)
    yield EnvironmentStarted(EnvironmentFacts("embedded", {"envoy": "1.40"}, "acknowledged"))
    for scenario, verdict in zip(scenarios, verdicts, strict=False):
        yield ScenarioStarted(scenario.id)
        told = "" if verdict is Verdict.PASSED else reason
        yield ScenarioFinished(scenario.id, verdict, told, step="Then it opens (a.feature:3)", duration=0.5)
    yield RunFinished(1.5, interrupted)


def record(*verdicts, **details):
    kept = RunRecord()
    for event in events(*verdicts, **details):
        kept(event)
    return kept


def report(*verdicts, scenarios=SCENARIOS, **details):
    return conformance_report(record(*verdicts, scenarios=scenarios, **details), scenarios, CLAUSES)


def test_the_report_has_exactly_the_documented_keys():
    made = report(Verdict.PASSED, Verdict.FAILED)
    assert list(made) == [
        "apiVersion", "kind", "suite", "implementation", "driver", "environment", "claims", "policy",
        "startedAt", "durationSeconds", "run", "profiles", "scenarios", "clauses", "digest",
    ]  # fmt: skip
    assert list(made["suite"]) == ["version", "featuresDigest"]
    assert list(made["implementation"]) == ["organization", "project", "url", "version", "contact"]
    assert made["environment"] == {"kind": "embedded", "versions": {"envoy": "1.40"}}
    assert made["policy"]["deadlines"] == {"start": 20.0, "settle": 10.0, "request": 5.0, "stop": 5.0}
    (profile,) = made["profiles"]
    assert list(profile) == ["name", "result", "core", "extended"]
    assert list(profile["core"]) == ["result", "statistics"]
    assert list(profile["extended"]) == ["result", "statistics", "supportedFeatures", "unsupportedFeatures"]
    assert list(made["scenarios"][0]) == [
        "id", "profile", "title", "clauses", "level", "verdict", "reason", "step", "attempts",
        "startSeconds", "durationSeconds", "worker", "evidence",
    ]  # fmt: skip
    assert made["clauses"] == [
        {"id": "DOOR-01", "level": "core", "scenarios": ["one", "two"], "verdict": "failed"},
        {"id": "DOOR-02", "level": "core", "scenarios": ["two"], "verdict": "failed"},
    ]
    assert made["startedAt"] == "2026-05-01T00:00:00.000+00:00"


P, F, E, U = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    "verdicts, details, result, code",
    [
        ((P, P), {}, "passed", ExitCode.CONFORMANT),
        ((P, Verdict.RECORDED), {}, "passed", ExitCode.CONFORMANT),
        ((P, Verdict.EXPECTED_FAILURE), {}, "passed", ExitCode.CONFORMANT),
        ((P, F), {}, "failed", ExitCode.NOT_CONFORMANT),
        ((P, Verdict.INCONCLUSIVE), {}, "failed", ExitCode.NOT_CONFORMANT),
        ((P, Verdict.UNEXPECTED_PASS), {}, "failed", ExitCode.NOT_CONFORMANT),
        ((E, F), {}, "failed", ExitCode.NOT_CONFORMANT),
        ((P, E), {}, "error", ExitCode.NOTHING_JUDGED),
        ((P, U), {}, "incomplete", ExitCode.NOT_CONFORMANT),
        ((U, U), {}, "incomplete", ExitCode.NOTHING_JUDGED),
        ((P,), {"interrupted": True}, "interrupted", ExitCode.NOTHING_JUDGED),
        ((P, P), {"interrupted": True}, "interrupted", ExitCode.NOTHING_JUDGED),
        ((F,), {"interrupted": True}, "failed", ExitCode.NOT_CONFORMANT),
        ((P,), {}, "incomplete", ExitCode.NOT_CONFORMANT),
        ((P,), {"narrowed": True, "selected": 1}, "incomplete", ExitCode.CONFORMANT),
        ((), {"selected": 0}, "incomplete", ExitCode.NOTHING_JUDGED),
    ],
)
def test_what_verdicts_mean_for_the_profile_and_for_the_exit_code(verdicts, details, result, code):
    assert report(*verdicts, **details)["profiles"][0]["result"] == result
    assert conclude_run(record(*verdicts, **details), SCENARIOS).exit_code is code


def test_a_run_with_a_fault_is_never_called_conformant():
    faulty = record(P, P, fault="deny-dropped")
    conclusion = conclude_run(faulty, SCENARIOS)
    assert conformance_report(faulty, SCENARIOS, CLAUSES)["run"]["fault"] == "deny-dropped"
    assert conclusion.sentence == "all scenarios passed in spite of the fault deny-dropped (no conformance)"
    assert "note: run with the fault deny-dropped: no conformance report" in [
        line.text for line in summary(faulty, SCENARIOS, conclusion)
    ]
    assert report(P, P)["run"]["fault"] is None


def test_junit_tells_the_fault_of_a_run():
    root = ET.fromstring(junit_xml(record(P, F, fault="deny-dropped"), SCENARIOS))
    assert [
        each.get("value") for each in root.iterfind("./testsuite/properties/property[@name='fault']")
    ] == ["deny-dropped"]
    assert not ET.fromstring(junit_xml(record(P, F), SCENARIOS)).findall("./testsuite/properties")


def test_a_problem_outside_of_scenarios_is_never_a_pass():
    kept = record(P, P)
    kept(RunProblem("collecting", "no module"))
    assert conformance_report(kept, SCENARIOS, CLAUSES)["profiles"][0]["result"] == "error"
    assert conclude_run(kept, SCENARIOS).exit_code is ExitCode.NOTHING_JUDGED


def test_a_run_without_an_end_counts_as_interrupted():
    kept = RunRecord()
    for event in list(events(P, P))[:-1]:
        kept(event)
    assert conformance_report(kept, SCENARIOS, CLAUSES)["profiles"][0]["result"] == "interrupted"


@pytest.mark.parametrize(
    "verdict, extended, profile",
    [(P, "passed", "passed"), (F, "failed", "failed"), (U, "none", "passed"), (E, "error", "error")],
)
def test_extended_scenarios_and_the_features_that_are_claimed(verdict, extended, profile):
    (made,) = report(P, P, verdict, scenarios=(*SCENARIOS, BELL))["profiles"]
    assert (made["extended"]["result"], made["result"]) == (extended, profile)
    assert made["core"]["statistics"]["passed"] == 2
    assert made["extended"]["supportedFeatures"] == ["Bell"]


@pytest.mark.parametrize(
    "feature, verdict, core, code",
    [
        ("Bell", P, "passed", ExitCode.CONFORMANT),
        ("Bell", U, "incomplete", ExitCode.NOT_CONFORMANT),
        ("Chain", U, "passed", ExitCode.CONFORMANT),
        ("Chain", F, "failed", ExitCode.NOT_CONFORMANT),
    ],
)
def test_core_that_only_a_feature_shows_counts_where_the_feature_is_claimed(feature, verdict, core, code):
    scenarios = (*SCENARIOS, Scenario("ring", optional_features=(feature,)))
    (made,) = report(P, P, verdict, scenarios=scenarios)["profiles"]
    assert made["core"]["result"] == core
    assert feature in made["extended"]["supportedFeatures"] + made["extended"]["unsupportedFeatures"]
    assert conclude_run(record(P, P, verdict, scenarios=scenarios), scenarios).exit_code is code


def test_a_core_of_which_nothing_is_shown_is_not_passed():
    scenarios = (Scenario("ring", optional_features=("Chain",)),)
    assert report(U, scenarios=scenarios)["profiles"][0]["result"] == "incomplete"


def test_a_clause_passes_only_when_all_of_its_scenarios_did():
    assert report(P, narrowed=True, selected=1)["clauses"][0]["verdict"] == "not-run"


def test_a_scenario_that_no_run_makes_unasked_keeps_no_clause_from_passing():
    atlas = Scenario("atlas", level="atlas")
    unasked, asked = (
        report(*verdicts, scenarios=(*SCENARIOS, atlas), selected=len(verdicts))
        for verdicts in ((P, P), (P, P, Verdict.FAILED))
    )
    assert [each["verdict"] for each in unasked["clauses"]] == ["passed", "passed"]
    assert unasked["clauses"][0]["scenarios"] == ["one", "two"]
    assert asked["clauses"][0] == {
        "id": "DOOR-01",
        "level": "core",
        "scenarios": ["one", "two", "atlas"],
        "verdict": "failed",
    }


def test_the_folder_gets_one_content_in_two_formats_and_junit_without_secrets(tmp_path):
    sink = ReportDirectory(tmp_path / "new" / "out", SCENARIOS, CLAUSES)
    for event in events(P, F, reason=f"sent Bearer {TOKEN}"):
        sink(event)
    out = tmp_path / "new" / "out"
    assert sorted(file.name for file in out.iterdir()) == [
        "evidence.jsonl",
        "junit.xml",
        "report.html",
        "report.json",
        "report.yaml",
        "summary.md",
    ]
    from_json = json.loads((out / "report.json").read_text())
    assert yaml.safe_load((out / "report.yaml").read_text()) == from_json
    assert from_json["kind"] == "ConformanceReport"
    for file in out.iterdir():
        assert TOKEN.rpartition(".")[2] not in file.read_text()


def test_a_folder_that_cannot_be_made_is_the_users_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        ReportDirectory(tmp_path / "file" / "out", SCENARIOS, CLAUSES)


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    file = tmp_path / "report.json"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "half \ud800")
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("report.json", "old")]


def test_junit_outcomes_follow_the_verdicts():
    many = tuple(Scenario(f"doors/x/{verdict}") for verdict in Verdict)
    root = ET.fromstring(junit_xml(record(*Verdict, scenarios=many, reason="first\nsecond \x00 line"), many))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8", "failures": "3", "errors": "1", "skipped": "2",
    }  # fmt: skip
    outcomes = {
        case.get("name"): next((child.tag for child in case if child.tag != "properties"), None)
        for case in root.iter("testcase")
    }
    assert outcomes == {
        "passed": None,
        "failed": "failure",
        "inconclusive": "failure",
        "error": "error",
        "unsupported": "skipped",
        "recorded": "system-out",
        "expected-failure": "skipped",
        "unexpected-pass": "failure",
    }
    failure = root.find(".//failure")
    assert failure.get("message") == "first"
    assert failure.text == "Then it opens (a.feature:3)\nfirst\nsecond \ufffd line"


def test_junit_of_an_interrupted_run_has_an_error():
    root = ET.fromstring(junit_xml(record(P, interrupted=True), SCENARIOS))
    assert root.get("errors") == "1"


def lines(kept, scenarios=SCENARIOS):
    return [line.text for line in summary(kept, scenarios, conclude_run(kept, scenarios))]


def test_the_summary_tells_each_failure_and_a_line_for_each_profile():
    told = lines(record(P, F, reason="expected: open\nsaw: shut"))
    start = told.index("failed two")
    assert told[start : start + 6] == [
        "failed two",
        "  A door",
        "  clauses: DOOR-01 DOOR-02",
        "  at: Then it opens (a.feature:3)",
        "    expected: open",
        "    saw: shut",
    ]
    assert told[-2:] == [
        "profile doors: failed (core failed: 1 passed, 1 failed; extended none: none run)",
        "result: not conformant: 1 scenario did not pass, 2 scenarios in 1.5 s",
    ]


def test_an_error_that_hits_many_scenarios_is_told_once():
    told = lines(record(E, E, reason="envoy died\nits log"))
    assert told.count("    its log") == 1
    assert "error 1 more scenario: for the same reason" in told


def test_an_error_is_told_where_it_struck_first():
    kept = record(E, E)
    for name, reason in zip(
        kept.finished, ("envoy died" + EARLIER + "\nits log", "envoy died\nits log"), strict=True
    ):
        kept.finished[name] = replace(kept.finished[name], reason=reason)
    told = lines(kept)
    assert "error two" in told
    assert "    envoy died" in told
    assert "error 1 more scenario: for the same reason" in told


def test_the_schema_in_the_repository_is_that_of_the_reports():
    file = Path(__file__).parents[2] / "reports" / "conformance-report.v1alpha1.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == json_schema()


def test_a_report_has_the_keys_of_the_schema():
    made = report(Verdict.PASSED, Verdict.FAILED)
    made["suite"]["featuresDigest"] = "sha256:" + "0" * 64  # these events have none that is real
    assert Report.model_validate(made).model_dump(mode="json") == made
