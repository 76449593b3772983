"""Both ways of rendering, and that every mistake in them is found and placed."""

import json
import shutil
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.drivers.bundled import CHARM, bundled_templates
from gwjwt.drivers.command import Command
from gwjwt.drivers.manifests import ManifestsDriver, checked_templates
from gwjwt.drivers.rendering import BadManifests, Templates
from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.errors import TargetError
from gwjwt.reference.policies import LABELS, desired
from gwjwt.reference.resources import ForwardAuth, State
from gwjwt.reference.resources import Relation as Related
from gwjwt.rules import ClaimToHeader, FromHeader, JWTRule, publish
from gwjwt.words import AppName, GatewayName

STATE = WantedState(GatewayName("m", "ing"))
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"


def folder_with(tmp_path, text, name="one.yaml.j2"):
    (tmp_path / name).write_text(text)
    return tmp_path


def test_every_document_of_every_template_is_rendered_in_the_order_of_the_names(tmp_path):
    folder_with(tmp_path, CONFIG_MAP.replace("x", "b") + "---\n" + CONFIG_MAP.replace("x", "c"), "2.yaml.j2")
    folder_with(tmp_path, CONFIG_MAP.replace("x", "a"), "1.yaml.j2")
    (tmp_path / "README.md").write_text("{{ no template }}")
    assert [each["metadata"]["name"] for each in Templates(tmp_path).render(STATE)] == ["a", "b", "c"]


def test_a_manifest_without_a_namespace_belongs_beside_the_gateway(tmp_path):
    templates = Templates(folder_with(tmp_path, CONFIG_MAP))
    namespaces = ["m", "n"]
    found = [templates.render(WantedState(GatewayName(each, "ing"))) for each in namespaces]
    assert [rendered["metadata"]["namespace"] for [rendered] in found] == namespaces


@pytest.mark.parametrize(
    "text, said",
    [
        ("a: 1\nb: {{ gatway.name }}\n", "one.yaml.j2:2: 'gatway' is undefined"),
        ("{% if gateway %}\na: 1\n", "one.yaml.j2:2: Unexpected end of template"),
        ("a: {{ 1 + gateway.name }}\n", "one.yaml.j2:1: unsupported operand"),
        ("a: [1\n", "one.yaml.j2: what came out is no YAML"),
        ("- a\n", "one.yaml.j2: a document is no mapping but ['a']"),
        ("kind: ConfigMap\nmetadata: {name: x}\n", "one.yaml.j2: a document has no apiVersion"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "one.yaml.j2: a document has no metadata.name"),
        ("a: {{ gateway | nofilter }}\n", "one.yaml.j2:1: No filter named 'nofilter'"),
        ("{% include 'gone.j2' %}", "one.yaml.j2:1: 'gone.j2' not found"),
        ("{% include 'one.yaml.j2' %}", "one.yaml.j2:1: it includes or calls itself without end"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        (CONFIG_MAP + "data: {a: .nan}\n", "cannot be written as JSON"),
        (CONFIG_MAP.replace("x", "x, labels: [a]"), "metadata.labels of ConfigMap x must be a mapping"),
        (CONFIG_MAP.replace("x", "x, namespace: 5"), "metadata.namespace of ConfigMap x must be text"),
        ("{% if relations %}{{ relations[0].rules.nope }}{% endif %}", "one.yaml.j2:1: "),
    ],
)
def test_a_mistake_in_a_template_is_found_before_anything_runs(tmp_path, text, said):
    folder_with(tmp_path, text)
    with pytest.raises(TargetError) as caught:
        ManifestsDriver.from_options({"templates": "."}, tmp_path / "target.yaml")
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/target.yaml: driver.templates: ")
    assert "\n" not in str(caught.value)


def test_a_template_that_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "one.yaml.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(TargetError, match="is not UTF-8"):
        ManifestsDriver.from_options({"templates": "."}, tmp_path / "target.yaml")


def test_what_looks_like_a_date_is_text_as_in_kubernetes(tmp_path):
    folder_with(tmp_path, CONFIG_MAP + "data: {since: 2020-01-01}\n")
    assert Templates(tmp_path).render(STATE)[0]["data"] == {"since": "2020-01-01"}


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_templates_is_told(tmp_path, exists):
    folder = tmp_path / "policies"
    if exists:
        folder.mkdir()
    with pytest.raises(TargetError, match=r"there is no f(ile|older)"):
        ManifestsDriver.from_options({"templates": "policies"}, tmp_path / "target.yaml")


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
rules = st.builds(
    JWTRule,
    issuer=texts,
    jwks_uri=st.none() | texts,
    audiences=st.none() | st.lists(texts, max_size=2),
    forward_original_token=st.none() | st.booleans(),
    claim_to_headers=st.none() | st.lists(st.builds(ClaimToHeader, header=texts, claim=texts), max_size=2),
    from_headers=st.none()
    | st.lists(st.builds(FromHeader, name=texts, prefix=st.none() | texts), max_size=2),
)
BUNDLED_TEMPLATES = checked_templates(bundled_templates(CHARM), None)


@given(st.lists(st.none() | texts | st.lists(rules, max_size=2).map(publish), max_size=3), st.none() | texts)
def test_the_bundled_templates_make_the_policies_that_the_reference_makes(published, provider):
    state, relations = STATE.authorized_by(provider), []
    for index, text in enumerate(published):
        app = AppName("m", f"app-{index}")
        state = state.relating(Relation(app, text))
        relations.append(Related(STATE.gateway, app, text))
    state = state.exposing(Route.to(AppName("m", "public"), 80, authenticated=False))
    forward_auth = ForwardAuth(STATE.gateway, provider or None, ("/m-public",))
    expected = desired(State(tuple(relations), (forward_auth,)))
    for policy in expected:
        assert policy["metadata"].pop("labels") == LABELS
    found = BUNDLED_TEMPLATES.render(state)
    policies = [each for each in found if each["apiVersion"] == "security.istio.io/v1"]
    assert sorted(policies, key=_name) == sorted(expected, key=_name)


def _name(manifest):
    return manifest["metadata"]["name"]


def command(code, tmp_path, seconds=30.0):
    return Command([sys.executable, "-S", "-c", code], tmp_path, seconds)


def test_a_command_reads_the_state_and_prints_manifests(tmp_path):
    code = (
        "import json, sys\n"
        "state = json.load(sys.stdin)\n"
        "name = state['gateway']['name']\n"
        "print(json.dumps({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name}}))\n"
    )
    [manifest] = command(code, tmp_path).render(STATE)
    assert manifest["metadata"] == {"name": "ing", "namespace": "m"}


def test_a_command_runs_in_the_folder_of_the_target_file(tmp_path):
    folder_with(
        tmp_path, json.dumps({"apiVersion": "v1", "kind": "K", "metadata": {"name": "x"}}), "out.json"
    )
    driver = ManifestsDriver.from_options({"command": ["cat", "out.json"]}, tmp_path / "target.yaml")
    assert driver.name == "manifests"
    assert command("print(open('out.json').read())", tmp_path).render(STATE)[0]["kind"] == "K"


@pytest.mark.parametrize(
    "code, said",
    [
        ("import sys; sys.exit('no policies here')", "exit code 1: no policies here"),
        ("print('a: [')", "what came out is no YAML"),
        ("import sys; sys.stdout.buffer.write(bytes(range(256)))", "what came out is no YAML"),
        ("import threading; threading.Event().wait()", "did not end within 0.2 s"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path, code, said):
    with pytest.raises(BadManifests, match=said):
        command(code, tmp_path, seconds=0.2 if "wait" in code else 30.0).render(STATE)


def test_a_command_that_cannot_be_started_says_so(tmp_path):
    with pytest.raises(BadManifests, match="cannot be started: No such file"):
        Command(["./there-is-none"], tmp_path).render(STATE)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["./there-is-none"], "./there-is-none: cannot be started: No such file"),
        (["sh", "-c", "echo first >&2; echo last >&2; exit 3"], "exit code 3: first last"),
        (["echo", "hello"], "echo hello: a document is no mapping but 'hello'"),
    ],
)
def test_a_command_that_cannot_work_is_found_before_anything_runs(tmp_path, arguments, said):
    with pytest.raises(TargetError, match=r"driver\.command: ") as caught:
        ManifestsDriver.from_options({"command": arguments}, tmp_path / "target.yaml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_templates_for_several_profiles_have_a_folder_for_each(tmp_path):
    profiles = ["charm-request-auth", "istio-ingress-jwt"]
    for profile in profiles:
        shutil.copytree(bundled_templates(profile), tmp_path / profile)
    options = {"templates": ".", "profiles": profiles}
    assert ManifestsDriver.from_options(options, tmp_path / "target.yaml").profiles == set(profiles)
    shutil.rmtree(tmp_path / profiles[1])
    with pytest.raises(TargetError, match=r"driver\.templates: there is no folder .*/istio-ingress-jwt"):
        ManifestsDriver.from_options(options, tmp_path / "target.yaml")


def test_the_templates_of_one_profile_are_the_folder_itself(tmp_path):
    shutil.copytree(bundled_templates("istio-ingress-jwt"), tmp_path / "ours")
    options = {"templates": "ours", "profiles": ["istio-ingress-jwt"]}
    assert ManifestsDriver.from_options(options, tmp_path / "target.yaml").profiles == {"istio-ingress-jwt"}


@pytest.mark.parametrize(
    "options, complaint",
    [
        ({"profiles": ["istio-ingres"]}, r"driver\.profiles: 'istio-ingres' is unknown \(valid: charm-"),
        ({"profiles": []}, r"driver\.profiles: must be a list that is not empty"),
        (
            {"profiles": ["istio-ingress-jwt", "charm-request-auth"], "command": ["cat"]},
            r"driver\.command: is for one profile",
        ),
    ],
)
def test_profiles_that_manifests_cannot_be_for(tmp_path, options, complaint):
    with pytest.raises(TargetError, match=complaint):
        ManifestsDriver.from_options(options, tmp_path / "target.yaml")
