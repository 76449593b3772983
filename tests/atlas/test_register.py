"""The register of the token atlas, as it is shipped and as somebody might misspell it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.atlas.register import FILE, PLACEHOLDER, Atlas, AtlasError, load_atlas
from gwjwt.errors import UsageError
from gwjwt.identity.keys import algorithm_named
from gwjwt.identity.recipes import recipe
from gwjwt.specification.catalogue import load_catalogue

CATALOGUE = load_catalogue()
ATLAS = load_atlas(CATALOGUE.root)
PROFILES = {"charm-request-auth": "CHARM-VALIDATE-01", "istio-ingress-jwt": "ISTIO-VALIDTOKEN-01"}
"""With the clause that every scenario carries: valid tokens pass, before and after each row."""
ROWS = [row for topic in ATLAS.topics for row in topic.rows]
SCENARIOS = [each for each in CATALOGUE.scenarios if each.on_demand]

SOUND = """
topics:
  - topic: one
    about: something
    rows:
      - {name: first, what: a token, source: 'RFC 7519, 4', says: open}
"""


def written(tmp_path, text):
    (tmp_path / "features").mkdir()
    (tmp_path / FILE).write_text(text)
    return tmp_path


def test_every_topic_has_a_scenario_for_each_profile_and_no_scenario_is_without_a_topic():
    found = [(each.profile, dict(each.row)["topic"]) for each in SCENARIOS]
    wanted = [(profile, topic.topic) for profile in PROFILES for topic in ATLAS.topics]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_a_scenario_carries_exactly_the_clauses_that_its_rows_cite(scenario):
    topic = ATLAS.topic(dict(scenario.row)["topic"])
    assert set(scenario.clauses) == topic.clauses(scenario.profile) | {PROFILES[scenario.profile]}


@pytest.mark.parametrize("row", ROWS, ids=lambda each: each.name)
def test_a_row_cites_a_source_and_clauses_of_the_profile(row):
    assert re.match(r"(RFC \d{4}, [\d.]+|CVE-\d{4}-\d+; RFC \d{4}, [\d.]+)$", row.source)
    for profile, clauses in row.clauses.items():
        assert profile in PROFILES
        assert {CATALOGUE.clauses[each].profile for each in clauses} == {profile}
    assert (row.says, row.expect) not in {("accept", "refused"), ("refuse", "admitted")}


@pytest.mark.parametrize("topic", ATLAS.topics, ids=lambda each: each.topic)
def test_a_topic_names_only_what_there_is(topic):
    keys = {key.name for key in topic.keys}
    for key in topic.keys:
        assert algorithm_named(key.algorithm)
    for row in topic.rows:
        assert recipe(row.token.recipe)
        assert row.token.key is None or row.token.key in keys
        for text in (*row.headers, *row.query):
            assert all(recipe(name) for name in PLACEHOLDER.findall(text) if name != "token")


def test_a_sound_register_is_read(tmp_path):
    [topic] = load_atlas(written(tmp_path, SOUND)).topics
    [row] = topic.rows
    assert row.headers == ("Authorization: Bearer <token>",)
    assert row.expectation("charm-request-auth") is None


@pytest.mark.parametrize(
    "before, after, words",
    [
        ("says: open", "says: maybe", r"topics\[0\].rows\[0\].says: "),
        ("says: open", "says: open, tokn: {}", r"topics\[0\].rows\[0\].tokn: unknown key"),
        ("says: open", "says: open, expect: refused", "an expectation needs clauses"),
        ("says: open", "says: open, clauses: {p: [C]}", "clauses an expectation"),
        ("says: open", "says: open, headers: ['no colon']", r"headers\[0\]"),
        ("name: first", "name: First Row", r"topics\[0\].rows\[0\].name"),
        ("topics:", "topics: {", r"token-atlas.yaml:\d+: "),
        ("topics:", "tropics:", "tropics: unknown key"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, before, after, words):
    with pytest.raises(AtlasError, match=words):
        load_atlas(written(tmp_path, SOUND.replace(before, after, 1)))


def test_no_register_is_one_line(tmp_path):
    with pytest.raises(AtlasError, match=r"token-atlas.yaml: No such file"):
        load_atlas(tmp_path)


def test_an_unknown_topic_is_named_with_the_choices():
    with pytest.raises(UsageError, match=r"'weather' \(valid: algorithms, keys, "):
        ATLAS.topic("weather")


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=5))
def test_no_row_stands_there_twice_whatever_its_topic(names):
    topics = [
        {
            "topic": f"t{number}",
            "about": "x",
            "rows": [{"name": name, "what": "x", "source": "RFC 7519, 4", "says": "open"}],
        }
        for number, name in enumerate(names)
    ]
    if len(set(names)) == len(names):
        assert len(Atlas.model_validate({"topics": topics}).topics) == len(names)
    else:
        with pytest.raises(ValueError, match="stands there twice"):
            Atlas.model_validate({"topics": topics})
