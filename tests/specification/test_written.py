"""Features as they were written."""

from __future__ import annotations

import pytest

from gwjwt.specification.clauses import SpecificationError
from gwjwt.specification.features import load_scenarios
from gwjwt.specification.root import suite_root
from gwjwt.specification.written import WrittenRow, written_features

FEATURE = '''\
@profile:doors
Feature: Doors that open
  Some prose,
    and a line set in.

  Background:
    Given a door

  @level:core
  Rule: A key opens
    Why that is so.

    Background:
      And a lock

    Scenario Outline: Key number <number>
      It has a number.
      When key <number> is turned
      But the text says
        """
        one
          two
        """

      @clause:DOOR-02
      Examples: Some
        | number | case |
        | 1      | a    |
        | 2      | b    |
'''


@pytest.fixture
def written(tmp_path):
    def read(text):
        file = tmp_path / "features" / "doors" / "opening.feature"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return written_features(tmp_path)

    return read


def test_prose_background_blocks_and_tables_are_kept(written):
    [feature] = written(FEATURE)
    [rule] = feature.rules
    [outline] = rule.scenarios
    assert (feature.folder, feature.topic, feature.name) == ("doors", "opening", "Doors that open")
    assert feature.prose == "Some prose,\n  and a line set in."
    assert rule.prose == "Why that is so."
    assert [(each.keyword, each.text) for each in rule.background] == [("Given", "a door"), ("And", "a lock")]
    assert outline.prose == "It has a number."
    assert [each.keyword for each in outline.steps] == ["When", "But"]
    assert outline.steps[1].block == "one\n  two"
    assert [str(each) for each in outline.tags] == ["profile:doors", "level:core"]
    [table] = outline.tables
    assert (table.title, table.header, [str(each) for each in table.tags]) == (
        "Some",
        ("number", "case"),
        ["clause:DOOR-02"],
    )
    assert table.rows[1] == WrittenRow(line=29, cells=("2", "b"))


def test_scenarios_without_a_rule_stand_in_one_named_like_the_feature(written):
    [feature] = written("Feature: Bell\n  Scenario: It rings\n    Given a bell\n")
    assert [each.name for each in feature.rules] == ["Bell"]


def test_what_is_no_gherkin_is_told(written):
    with pytest.raises(SpecificationError, match=r"opening.feature:1"):
        written("Features: none\n")


def test_every_scenario_that_can_be_run_is_written_somewhere():
    root = suite_root()
    places = [
        (feature.file, line)
        for feature in written_features(root)
        for rule in feature.rules
        for scenario in rule.scenarios
        for line in scenario.lines
    ]
    assert sorted(places) == sorted((each.file, each.line) for each in load_scenarios(root))
