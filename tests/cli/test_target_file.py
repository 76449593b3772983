from __future__ import annotations

import pytest

from gwjwt.cli.init import TARGET_FILE
from gwjwt.environments.registry import start_environment
from gwjwt.errors import TargetError
from gwjwt.target import default_target, load_target
from gwjwt.waiting import Deadlines

HEAD = "apiVersion: gwjwt.dev/v1alpha1\nkind: Target\n"
WHOLE = (
    HEAD
    + """\
implementation: {organization: o, project: p, url: u, version: "1", contact: [a@b]}
driver: {name: manifests, templates: mine, nested: {any: thing}}
environment: {kind: cluster, kubeconfig: k}
profiles: [charm-request-auth]
features: [IstioStatusCodes]
deadlines: {settle: 2.5}
"""
)


@pytest.fixture
def load(tmp_path):
    def read(text):
        file = tmp_path / "t.yaml"
        file.write_text(text, encoding="utf-8")
        return load_target(file)

    return read


def test_every_section_is_read_and_options_are_passed_on(load):
    target = load(WHOLE)
    assert (target.driver, target.driver_options) == (
        "manifests",
        {"templates": "mine", "nested": {"any": "thing"}},
    )
    assert (target.environment, target.environment_options) == ("cluster", {"kubeconfig": "k"})
    assert (target.profiles, target.features) == (("charm-request-auth",), frozenset({"IstioStatusCodes"}))
    assert target.deadlines == Deadlines(settle=2.5)
    assert target.implementation.contact == ("a@b",)


def test_what_is_left_out_has_its_default(load):
    target = load(HEAD + "driver: {name: manifests}\n")
    assert (target.environment, target.profiles, target.features) == ("embedded", None, None)
    assert target.deadlines == Deadlines()


def test_without_a_file_the_bundled_reference_is_tested():
    assert load_target(None) == default_target()
    assert default_target().make_driver().profiles == {
        "charm-request-auth",
        "gloo-jwt-policy",
        "istio-end-user-auth",
        "istio-ingress-jwt",
    }


def test_the_file_that_init_writes_is_the_default_with_another_name(load):
    target = load(TARGET_FILE)
    assert (target.driver, target.driver_options) == (
        default_target().driver,
        default_target().driver_options,
    )
    commented = [
        line.removeprefix("# ")
        for line in TARGET_FILE.splitlines()
        if line.startswith(("# deadlines", "#   s", "#   r", "# features"))
    ]
    target = load(TARGET_FILE + "\n".join(commented))
    assert (target.deadlines, target.features) == (Deadlines(), frozenset())


@pytest.mark.parametrize(
    "text, message",
    [
        (
            WHOLE + "colour: red\n",
            r"t\.yaml:9: colour: unknown key \(valid: apiVersion, kind, implementation, driver",
        ),
        (
            HEAD + "driver: {name: x}\ndeadlines:\n  start: 5\n  setle: 5\n",
            r":6: deadlines\.setle: unknown key \(valid: start, settle, request, stop\)",
        ),
        (
            HEAD + "driver: {name: x}\ndeadlines: {settle: soon}\n",
            r':4: deadlines\.settle: must be a number, but is "soon"',
        ),
        (
            HEAD + "driver: {name: x}\ndeadlines: {settle: 0}\n",
            r"deadlines\.settle: must be greater than 0, but is 0",
        ),
        (
            HEAD + "driver: {name: x}\nprofiles:\n  - a\n  - {b: c}\n",
            r':6: profiles\[1\]: must be text, but is \{"b": "c"\}$',
        ),
        (HEAD + "driver: {name: x}\nprofiles: []\n", r"profiles: must be a list that is not empty"),
        (HEAD + "driver: x\n", r':3: driver: must be a mapping, but is "x"'),
        (HEAD + "driver:\n", r":3: driver: must be a mapping, but is empty"),
        (HEAD + "driver: {name: 5}\n", r":3: driver\.name: must be text, but is 5; put it in quotes"),
        (HEAD + "driver: &a {name: *a}\n", r"driver\.name: must be text"),
        (HEAD + "driver: {name: x}\n5: y\n", r"the key 5 must be text"),
        (
            HEAD + "driver: {name: x}\nimplementation: {version: 2024-01-01}\n",
            r":4: implementation\.version: must be text, but is 2024-01-01; put it in quotes",
        ),
        (HEAD + 'driver: {name: x}\ndeadlines: {settle: "5"}\n', r'must be a number, but is "5"'),
        (HEAD + "driver: {name: x}\ndeadlines: {settle: .nan}\n", r"less than or equal to 3600"),
        (HEAD + "driver: {name: x}\ndriver: {name: y}\n", r":4: driver: this key is there twice"),
        (HEAD, r"driver: is missing"),
        (HEAD + "driver: {}\n", r":3: driver\.name: is missing"),
        (
            "apiVersion: v2\nkind: Target\ndriver: {name: x}\n",
            r':1: apiVersion: is "v2" \(valid: gwjwt\.dev/v1alpha1\)',
        ),
        ("just text", r"file: must be a mapping"),
        ("a: [", r"t\.yaml:1: YAML: while parsing"),
        ("a:\n\tb: c\n", r"t\.yaml:2: YAML: .*cannot start any token"),
        ("a: 1\n---\nb: 2\n", r"t\.yaml:2: YAML: expected a single document"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_file_line_key_and_choices(load, text, message):
    with pytest.raises(TargetError, match=message) as raised:
        load(text)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(TargetError, match="no such file or directory"):
        load_target(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TargetError, match="is not UTF-8"):
        load_target(tmp_path / "binary.yaml")


def test_names_that_only_the_suite_knows_are_checked_with_their_choices(load):
    target = load(WHOLE)
    known = {
        "profiles": ["charm-request-auth"],
        "features": ["IstioStatusCodes"],
        "environments": ["cluster"],
    }
    target.require(**known)
    for key, place in (
        ("profiles", r"profiles\[0\]"),
        ("features", "features"),
        ("environments", r"environment\.kind"),
    ):
        with pytest.raises(TargetError, match=rf"{place}: .* is unknown \(valid: other\)"):
            target.require(**known | {key: ["other"]})


def test_names_that_the_file_has_the_driver_claim_are_checked_too(load):
    claims = HEAD + "driver: {name: controller, profiles: [charm-request-aut], features: [Nose]}\n"
    target = load(claims)
    driver = target.make_driver()
    with pytest.raises(TargetError, match=r"driver\.features: 'Nose' is unknown: there are none"):
        target.require_claims(driver, profiles=["charm-request-aut"], features=[])
    with pytest.raises(TargetError, match=r"driver\.profiles: 'charm-request-aut' is unknown \(valid: x\)"):
        target.require_claims(driver, profiles=["x"], features=["Nose"])


def test_an_unknown_key_of_the_environment_is_told_with_the_file(load):
    target = load(HEAD + "driver: {name: manifests}\nenvironment: {kind: embedded, kubeconfig: x}\n")
    with pytest.raises(
        TargetError, match=r"t\.yaml: environment\.kubeconfig: unknown key \(valid: kind, fault\)"
    ):
        start_environment(target.environment, target.environment_options, target.deadlines, target.file)


def test_the_command_line_replaces_and_leaves_no_options_of_what_it_replaced(load):
    target = load(WHOLE)
    changed = target.changed(driver="controller", environment="embedded", fault="deny-dropped")
    assert (changed.driver, changed.driver_options) == ("controller", {"fault": "deny-dropped"})
    assert (changed.environment, changed.environment_options) == ("embedded", {})
    same = target.changed(driver="manifests", fault="x")
    assert same.driver_options == {**target.driver_options, "fault": "x"}
    assert same.implementation == target.implementation
    assert default_target().changed(driver="manifests").implementation.project == ""
