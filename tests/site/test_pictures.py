"""Pictures say what steps say, in the order that requests go."""

from __future__ import annotations

import shutil

import pytest
import yaml

from gwjwt.site.drawings import drawn_matrix, drawn_timelines, drawn_way
from gwjwt.site.kills import shown_faults
from gwjwt.site.pictures import FILE, pictures_of
from gwjwt.site.published import Window
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.specification.clauses import SpecificationError
from gwjwt.specification.root import suite_root


@pytest.fixture
def drawn(tmp_path):
    """A copy of the features, with what the pictures say changed."""
    shutil.copytree(suite_root() / "features", tmp_path / "features")

    def changed(change):
        file = tmp_path / FILE
        content = yaml.safe_load(file.read_text())
        change(content)
        file.write_text(yaml.safe_dump(content))
        return pictures_of(load_catalogue(tmp_path))

    return changed


def cell(content):
    return content[0]["states"]["rows"][0]["cells"][0]


def test_every_answer_is_the_end_of_a_step(book):
    answers = [each for pictures in book.pictures.values() for each in pictures.answers.values()]
    assert {each.word for each in answers} == {
        "open", "refused", "401", "403", "login redirect", "authorizer admits", "recorded",
    }  # fmt: skip
    for each in answers:
        assert each.step in {step.text for step in book.catalogue.by_id[each.scenario].steps}
        assert (each.word == "open") == each.step.endswith("is admitted")


def test_every_profile_has_its_pictures(book):
    assert list(book.pictures) == book.catalogue.profiles


def test_an_answer_changes_with_its_step(tmp_path, drawn):
    feature = tmp_path / "features" / "charm-request-auth" / "lifecycle.feature"
    text = feature.read_text()
    said = "And a request to every app with no token is admitted\n      And a request to every app with a not-a-jwt"
    assert said in text
    feature.write_text(text.replace(said, said.replace("no token is admitted", "no token gets 403")))
    pictures = drawn(lambda _: None)["charm-request-auth"]
    first = pictures.drawn.states.rows[0].cells[0]
    assert pictures.answer(first).word == "403"


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda content: cell(content).update(says="with a banana"), "no step of .* says 'with a banana'"),
        (lambda content: cell(content).update(scenario="charm-request-auth/none"), "has no scenario"),
        (
            lambda content: cell(content).update(
                scenario="gloo-jwt-policy/requirement/the-answer-is-401-unauthorized", says="gets 401"
            ),
            "charm-request-auth has no scenario gloo",
        ),
        (lambda content: cell(content).update(says='a gateway "front"'), "tells no answer"),
        (lambda content: content[0]["states"]["rows"][0]["cells"].pop(), "one cell for each request"),
        (lambda content: content[0].update(profile="nobody"), "nobody is none of"),
        (lambda content: content[0].update(colour="red"), "colour: unknown key"),
    ],
)
def test_what_no_step_says_is_not_drawn(change, words, drawn):
    with pytest.raises(SpecificationError, match=f"pictures.yaml: .*{words}"):
        drawn(change)


def test_the_way_has_its_stations_in_a_row(book):
    way = drawn_way(book.pictures["charm-request-auth"])
    assert [each.name for each in way.stations] == [
        "client", "ext_authz", "jwt_authn", "rbac", "router", "workload",
    ]  # fmt: skip
    assert all(one.x < other.x for one, other in zip(way.stations, way.stations[1:], strict=False))
    assert way.width >= way.stations[-1].x
    assert way.height >= max(stop.y for each in way.stations for stop in each.stops)


def test_the_matrix_marks_what_the_catalogue_says(book):
    own = [each.clause.id for each in book.clauses_of("istio-end-user-auth")]
    matrix = drawn_matrix("istio-end-user-auth", own, book.faults)
    columns = {x: clause for clause, x in matrix.columns}
    assert matrix.rows
    for row in matrix.rows:
        assert {columns[x] for x in row.marks} == set(row.fault.clauses) & set(own)
        assert row.caught is None


def test_shown_faults_leave_out_those_that_violate_nothing_of_the_register(book):
    class Nothing:
        clauses, scenarios = {}, ()

    assert shown_faults([each.fault for each in book.faults], Nothing(), ()) == ()


def window(change, **known):
    usual = {"closed_before": True, "closed_after": True, "sent": 10, "admitted": 0}
    return Window(
        **{
            "scenario": "a",
            "change": change,
            "request": "",
            "open_for": 0.0,
            "change_took": 100.0,
            **usual,
            **known,
        }
    )


def test_a_timeline_tells_of_changes_that_end_closed_on_one_scale():
    first, second = drawn_timelines(
        [
            window(1, closed_before=False, admitted=4, open_for=50.0),
            window(1, closed_before=False, admitted=1, open_for=20.0, sent=5),
            window(2, closed_after=False, admitted=9),
            window(1, scenario="b", change_took=200.0),
        ]
    )
    [change] = first.changes
    assert (change.sent, change.admitted, change.open_for) == (15, 5, 50.0)
    assert change.bar == 2 * change.window == second.changes[0].bar / 2
    assert not change.closed_before


def test_without_a_change_there_is_no_timeline():
    assert drawn_timelines([]) == ()
