from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gwjwt.specification.lint import lint_suite

REGISTER = """\
- {id: DOOR-01, source: s, statement: t, level: core, profile: doors, observe: o}
- {id: DOOR-02, source: s, statement: t, level: extended, profile: doors, observe: o}
- {id: DOOR-03, source: s, statement: t, level: note, profile: doors, observe: o}
- {id: WINDOW-01, source: s, statement: t, level: core, profile: windows, observe: o}
"""
TO_COME = "- clauses: [DOOR-02, 'WINDOW-*']\n  reason: later\n"
FEATURE = """\
@profile:doors @level:core
Feature: Doors
  @clause:DOOR-01
  Scenario: A key opens
    Given a door
    When the key "right" is turned
"""
VOCABULARY = """\
from pytest_bdd import given, parsers, step

@given("a door")
def door(): ...

@step(parsers.parse('the key "{key}" is turned'))
def turn(key): ...
"""


class Suite:
    def __init__(self, root):
        self.root = root

    def write(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def add(self, name, *, scenario):
        self.write(f"features/doors/{name}.feature", f"Feature: More\n{scenario}\n")

    def findings(self):
        return [
            (finding.rule, f"{finding.file.relative_to(self.root)}:{finding.line}", finding.message)
            for finding in lint_suite(self.root)
        ]

    def rules(self):
        return [rule for rule, _, _ in self.findings()]


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A sound suite, in a process that has no vocabulary loaded before and keeps none."""
    ours = [name for name in sys.modules if name.partition(".")[0] == "steps"]
    for name in ours:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if not Path(each, "steps").is_dir()])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Suite(tmp_path)
    made.write("features/clauses.yaml", REGISTER)
    made.write("features/to-come.yaml", TO_COME)
    made.write("features/doors/opening.feature", FEATURE)
    made.write("steps/vocabulary/doors.py", VOCABULARY)
    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == "steps"]:
        del sys.modules[name]


def test_a_sound_suite_has_no_findings(suite):
    assert suite.findings() == []


def test_a_step_without_a_definition(suite):
    suite.write("features/doors/opening.feature", FEATURE + "    Then it creaks\n")
    assert suite.findings() == [("undefined-step", "features/doors/opening.feature:7", "then it creaks")]


def test_a_definition_for_another_kind_of_step_does_not_count(suite):
    suite.write("features/doors/opening.feature", FEATURE + "    Then a door\n")
    assert suite.rules() == ["undefined-step"]


def test_two_definitions_for_one_step_are_both_named(suite):
    suite.write(
        "steps/vocabulary/keys.py",
        "from pytest_bdd import when, parsers\n@when(parsers.re('the key .* is turned'))\ndef any_key(): ...\n",
    )
    ((rule, place, message),) = suite.findings()
    assert (rule, place) == ("ambiguous-step", "features/doors/opening.feature:6")
    assert "doors.py:6" in message
    assert "keys.py:2" in message


def test_a_definition_that_no_step_uses(suite):
    suite.write("steps/vocabulary/doors.py", VOCABULARY + "\n@given('a bell')\ndef bell(): ...\n")
    assert suite.findings() == [("unused-step", "steps/vocabulary/doors.py:9", "a bell")]


def test_a_vocabulary_that_does_not_import(suite):
    suite.write("steps/vocabulary/doors.py", "import no_such_module\n")
    ((rule, place, message),) = suite.findings()
    assert (rule, place) == ("unreadable", "steps/vocabulary/doors.py:1")
    assert "no_such_module" in message


def test_a_feature_that_is_not_gherkin(suite):
    suite.write(
        "features/doors/broken.feature", "Feature: x\n  Scenario: z\n    Given a door\n    nonsense\n"
    )
    assert [finding[:2] for finding in suite.findings()] == [
        ("unreadable", "features/doors/broken.feature:4")
    ]


@pytest.mark.parametrize(
    "tags, rule",
    [
        ("@profile:doors @level:core @clause:DOOR-01 @slow", "unknown-tag"),
        ("@profile:doors @level:core @clause:DOOR-01 @owner:me", "unknown-tag"),
        ("@profile:doors @level:core @clause:DOOR-01 @clause:DOOR-99", "unknown-clause"),
        ("@profile:doors @level:core @clause:DOOR-01 @decision:D8", "unknown-decision"),
        ("@profile:doors @level:extended @clause:DOOR-01 @feature:", "unknown-feature"),
        ("@level:core @clause:DOOR-01", "one-profile"),
        ("@profile:doors @clause:DOOR-01", "one-level"),
        ("@profile:doors @level:core @level:extended @clause:DOOR-01", "one-level"),
        ("@profile:doors @level:core", "no-clause"),
        ("@profile:doors @level:core @clause:DOOR-03", "core-without-core-clause"),
        ("@profile:doors @level:core @clause:DOOR-01 @feature:Bell", "optional-core"),
        ("@profile:doors @level:core @clause:DOOR-01 @clause:WINDOW-01", "foreign-clause"),
    ],
)
def test_tags_that_do_not_fit(suite, tags, rule):
    suite.write("features/to-come.yaml", "- clauses: ['*']\n  reason: later\n")
    suite.add("more", scenario=f"  {tags}\n  Scenario: B\n    Given a door")
    assert suite.rules() == [rule]


RUNG = "- {id: DOOR-04, source: s, statement: t, level: core, profile: doors, observe: o, feature: Bell}\n"


@pytest.mark.parametrize(
    "tags, rules",
    [
        ("@level:core @feature:Bell", []),
        ("@level:core @feature:Chain", ["missing-feature", "optional-core"]),
        ("@level:core", ["missing-feature"]),
        ("@level:extended @feature:Bell", ["core-clause-without-core"]),
    ],
)
def test_a_clause_that_only_a_feature_shows(suite, tags, rules):
    suite.write("features/clauses.yaml", REGISTER + RUNG)
    suite.add("more", scenario=f"  @profile:doors @clause:DOOR-04 {tags}\n  Scenario: B\n    Given a door")
    assert suite.rules() == rules


SHARED = """\
Feature: Shared
  Scenario Outline: A door
    Given a door

    @profile:doors @level:core @clause:DOOR-01
    Examples:
      | kind  | profile |
      | front | doors   |

    @profile:{profile} @level:core @clause:{clause}
    Examples:
      | kind  | profile |
      | front | {value} |
"""


@pytest.mark.parametrize(
    "profile, clause, value, rules",
    [
        ("windows", "WINDOW-01", "windows", []),
        ("windows", "WINDOW-01", "doors", ["same-row", "same-row"]),
        ("windows", "DOOR-01", "windows", ["foreign-clause"]),
        ("doors", "DOOR-01", "windows", ["duplicate-id", "duplicate-id"]),
    ],
)
def test_a_row_of_a_shared_behaviour_has_the_profile_of_its_clauses(suite, profile, clause, value, rules):
    shared = SHARED.format(profile=profile, clause=clause, value=value)
    suite.write("features/shared/doors.feature", shared)
    assert [rule for rule in suite.rules() if rule != "stale-to-come"] == rules


def test_a_profile_that_is_unknown_or_another_than_the_folders(suite):
    suite.add(
        "more", scenario="  @profile:windows @level:core @clause:DOOR-01\n  Scenario: B\n    Given a door"
    )
    assert suite.rules() == ["foreign-clause", "profile-folder"]
    suite.add("more", scenario="  @profile:dors @level:core @clause:DOOR-01\n  Scenario: B\n    Given a door")
    assert (
        "unknown-profile",
        "features/doors/more.feature:2",
        "@profile:dors (did you mean doors, windows?)",
    ) in (suite.findings())


def test_two_scenarios_with_one_id(suite):
    scenario = "  @profile:doors @level:core @clause:DOOR-01\n  Scenario: The {}\n    Given a door\n"
    suite.add("more", scenario=scenario.format("door") + scenario.format("Door!"))
    assert suite.rules() == ["duplicate-id", "duplicate-id"]


def test_a_clause_that_nothing_proves_and_notes_that_need_not(suite):
    suite.write("features/to-come.yaml", "- clauses: ['WINDOW-*']\n  reason: later\n")
    assert [finding[:2] for finding in suite.findings()] == [("unproven-clause", "features/clauses.yaml:2")]


@pytest.mark.parametrize(
    "entry, words", [("DOOR-01", "has its scenarios already"), ("GATE-*", "matches no clause")]
)
def test_an_entry_that_is_no_longer_to_come(suite, entry, words):
    suite.write("features/to-come.yaml", TO_COME + f"- clauses: [{entry}]\n  reason: later\n")
    assert suite.findings() == [("stale-to-come", "features/to-come.yaml:3", f"{entry} {words}")]
