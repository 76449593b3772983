from __future__ import annotations

import pytest

from gwjwt.errors import UsageError
from gwjwt.specification.catalogue import digest, load_catalogue, matches_id
from gwjwt.specification.clauses import SpecificationError, load_clauses, load_to_come
from gwjwt.specification.root import VARIABLE, suite_root
from gwjwt.specification.selection import Selection, shuffled

CLAUSE = "- {id: %s, source: s, statement: t, level: %s, profile: doors, observe: o}\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "features" / "doors").mkdir(parents=True)
    (tmp_path / "features" / "clauses.yaml").write_text(
        CLAUSE % ("DOOR-01", "core") + CLAUSE % ("DOOR-02", "note")
    )
    (tmp_path / "features" / "doors" / "a.feature").write_text(
        "@profile:doors @level:core @clause:DOOR-01\nFeature: A\n  Scenario: One\n    Given x\n"
    )
    return tmp_path


def test_the_suite_of_this_checkout_is_found_and_read(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    catalogue = load_catalogue()
    assert catalogue.profiles[0] == "charm-request-auth"
    assert len(catalogue.by_id) == len(catalogue.scenarios) == len(catalogue.by_place)


def test_another_suite_can_be_chosen_and_must_be_one(monkeypatch, root):
    monkeypatch.setenv(VARIABLE, str(root))
    assert suite_root() == root
    monkeypatch.setenv(VARIABLE, str(root / "features"))
    with pytest.raises(UsageError, match=r"no features/clauses\.yaml"):
        suite_root()


def test_the_digest_changes_with_every_text_and_every_name_and_with_nothing_else(root):
    before = digest(root)
    assert before.startswith("sha256:")
    feature = root / "features" / "doors" / "a.feature"
    (root / "features" / "README").write_text("not part of it")
    assert digest(root) == before
    feature.rename(feature.with_name("b.feature"))
    renamed = digest(root)
    (root / "features" / "clauses.yaml").write_text(CLAUSE % ("DOOR-03", "core"))
    changed = digest(root)
    (root / "features" / "token-atlas.yaml").write_text("topics: []")
    assert len({before, renamed, changed, digest(root)}) == 4


def test_unknown_names_come_with_close_matches(root):
    catalogue = load_catalogue(root)
    with pytest.raises(UsageError, match="unknown clause 'DOR-01'; did you mean DOOR-01"):
        catalogue.require_clauses(["DOR-01"])
    with pytest.raises(UsageError, match="unknown profile 'zzz'; see `gwjwt list profiles`"):
        catalogue.require_profiles(["doors", "zzz"])
    with pytest.raises(UsageError, match="unknown scenario 'doors/a/on'; did you mean doors/a/one"):
        Selection(scenarios=("doors/a/on",)).check(catalogue)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("a: b", "must be a list"),
        ("- {id: X, level: core}", "X: source: must be a text"),
        (CLAUSE % ("X", "severe"), "X: level: 'severe' \\(valid: core, extended, note\\)"),
        (CLAUSE % ("X", "core") * 2, "X stands there twice"),
        (
            "- {id: X, source: s, statement: t, level: core, profile: p, observe: o, colour: c}",
            "unknown key colour",
        ),
        ("- [", "while parsing"),
    ],
)
def test_a_broken_register_is_told_in_one_line(root, text, complaint):
    (root / "features" / "clauses.yaml").write_text(text)
    with pytest.raises(SpecificationError, match=complaint) as raised:
        load_clauses(root)
    assert "\n" not in str(raised.value)


def test_what_is_to_come_has_its_line_and_patterns(root):
    assert load_to_come(root) == ()
    (root / "features" / "to-come.yaml").write_text("# why\n- clauses: [DOOR-*]\n  reason: later\n")
    (entry,) = load_to_come(root)
    assert (entry.line, entry.covers("DOOR-07"), entry.covers("WINDOW-01")) == (2, True, False)
    (root / "features" / "to-come.yaml").write_text("- clauses: DOOR-01\n  reason: later\n")
    with pytest.raises(SpecificationError, match=r"to-come\.yaml:1"):
        load_to_come(root)


@pytest.mark.parametrize("wanted", ["p/f/s[one]", "p/f/s", "p/f", "p", "p/"])
def test_an_id_an_outline_a_file_and_a_folder_name_a_scenario(wanted):
    assert matches_id(wanted, "p/f/s[one]")
    assert not matches_id(wanted, "pp/f/s[one]")


def test_an_order_depends_on_the_seed_alone():
    one = shuffled(["a", "b", "c", "d", "e"], 7, key=str)
    assert one == shuffled(["e", "c", "a", "d", "b"], 7, key=str)
    assert sorted(one) == ["a", "b", "c", "d", "e"]
    assert any(shuffled("abcde", seed, key=str) != one for seed in range(10))
