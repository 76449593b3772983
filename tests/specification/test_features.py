from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.specification.clauses import SpecificationError
from gwjwt.specification.features import Scenario, load_scenarios, slug

FEATURE = """\
@profile:doors @level:core
Feature: Doors that open
  Some prose.

  Background:
    Given a door

  @clause:DOOR-01
  Rule: A key opens
    Background:
      And a lock

    @decision:D7
    Scenario: The right key
      When the key is turned
      And the handle is pressed
      Then the door is open

    Scenario Outline: Key number <number>
      When key <number> is turned

      @clause:DOOR-02
      Examples:
        | number | case      |
        | 1      | The first |
        | 2      | Last one  |

    Scenario Outline: Every colour
      When a <colour> key is turned

      Examples:
        | colour |
        | Red!   |
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> dict[str, Scenario]:
    file = tmp_path / "features" / "doors" / "opening.feature"
    file.parent.mkdir(parents=True)
    file.write_text(FEATURE, encoding="utf-8")
    return {scenario.id: scenario for scenario in load_scenarios(tmp_path)}


def test_a_row_of_a_shared_behaviour_goes_by_the_name_of_its_profile(tmp_path: Path) -> None:
    file = tmp_path / "features" / "shared" / "opening.feature"
    file.parent.mkdir(parents=True)
    tables = "".join(
        f"\n    @profile:{each} @clause:{each}-1\n    Examples:\n      | key | of |\n      | red | {each} |\n"
        for each in ("doors", "windows")
    )
    file.write_text(f"Feature: Keys\n  Scenario Outline: A key\n    Given a <key> key of <of>\n{tables}")
    found = {each.id: each for each in load_scenarios(tmp_path)}
    assert list(found) == ["doors/opening/a-key[red]", "windows/opening/a-key[red]"]
    assert [(each.profile, each.clauses) for each in found.values()] == [
        ("doors", ("doors-1",)),
        ("windows", ("windows-1",)),
    ]


def test_ids_come_from_the_folder_the_file_the_title_and_the_row(scenarios):
    assert list(scenarios) == [
        "doors/opening/the-right-key",
        "doors/opening/key-number-number[the-first]",
        "doors/opening/key-number-number[last-one]",
        "doors/opening/every-colour[red]",
    ]


def test_backgrounds_of_feature_and_rule_come_first_and_and_keeps_the_kind(scenarios):
    steps = [(step.kind, step.text) for step in scenarios["doors/opening/the-right-key"].steps]
    assert steps == [
        ("given", "a door"),
        ("given", "a lock"),
        ("when", "the key is turned"),
        ("when", "the handle is pressed"),
        ("then", "the door is open"),
    ]


def test_tags_are_inherited_from_feature_rule_and_examples(scenarios):
    scenario = scenarios["doors/opening/key-number-number[last-one]"]
    assert (scenario.profile, scenario.level) == ("doors", "core")
    assert scenario.clauses == ("DOOR-01", "DOOR-02")
    assert scenarios["doors/opening/the-right-key"].decisions == ("D7",)
    assert scenarios["doors/opening/the-right-key"].rule == "A key opens"


def test_rows_fill_titles_and_steps_and_stand_on_their_own_line(scenarios):
    first = scenarios["doors/opening/key-number-number[the-first]"]
    assert first.title == "Key number 1"
    assert first.steps[-1].text == "key 1 is turned"
    assert FEATURE.splitlines()[first.line - 1].strip() == "| 1      | The first |"


def test_a_title_without_placeholder_gets_the_case_of_its_row(scenarios):
    assert scenarios["doors/opening/every-colour[red]"].title == "Every colour (Red!)"


def test_what_is_not_gherkin_is_named_with_its_line(tmp_path):
    file = tmp_path / "features" / "doors" / "broken.feature"
    file.parent.mkdir(parents=True)
    file.write_text("Feature: x\n  Scenario: y\n    Given z\n    nonsense\n")
    with pytest.raises(SpecificationError, match=r"broken\.feature:4: "):
        load_scenarios(tmp_path)


@given(st.text())
def test_a_slug_is_stable_words_of_ascii(text):
    made = slug(text)
    assert slug(made) == made
    assert all(word.isascii() and word.isalnum() for word in made.split("-") if made)
    assert made == made.lower()
