"""What a target file can get wrong is told in one line: the file, the key, the valid choices."""

from pathlib import Path

import pytest

from gwjwt.drivers.controller import ControllerDriver
from gwjwt.drivers.registry import driver_names, make_driver
from gwjwt.errors import TargetError

FILE = Path("target.yaml")


def refusal(name, options):
    with pytest.raises(TargetError) as caught:
        make_driver(name, options, FILE)
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_bundled_drivers_are_found():
    assert {"controller", "manifests"} <= set(driver_names())


def test_an_unknown_driver_is_refused_with_the_valid_names():
    error = refusal("manifest", {})
    assert (error.key, set(error.choices)) == ("driver.name", set(driver_names()))


@pytest.mark.parametrize(
    "name, options, key, problem",
    [
        ("manifests", {"template": "x"}, "driver.template", "unknown key"),
        ("manifests", {"templates": 5}, "driver.templates", "must be a path, but is 5"),
        ("manifests", {"command": "ls"}, "driver.command", 'must be a list, but is "ls"'),
        ("manifests", {"command": []}, "driver.command", "must be a list that is not empty"),
        ("manifests", {"templates": "x", "command": ["y"]}, "driver.command", "beside driver.templates"),
        ("controller", {"faults": "x"}, "driver.faults", "unknown key"),
        ("controller", {"fault": "deny-droped"}, "driver.fault", "'deny-droped' is unknown"),
        ("controller", {"fault": "deny-dropped", "templates": "x"}, "driver.fault", "only the reference"),
        ("controller", {"implementation": "mine"}, "driver.implementation", 'is "mine" (valid: reference)'),
        ("controller", {"command": ["x"]}, "driver.command", "is for a vendor's controller"),
        ("controller", {"templates": "x"}, "driver.conditions", "is missing"),
        ("controller", {"conditions": [{"kind": "K"}]}, "driver.conditions[0].apiVersion", "is missing"),
        ("controller", {"conditions": [{"typ": "K"}]}, "driver.conditions[0].typ", "unknown key"),
    ],
)
def test_a_wrong_option_is_refused(name, options, key, problem):
    error = refusal(name, options)
    assert error.file == "target.yaml"
    assert error.key.startswith(key)
    assert problem in str(error)


def test_an_unknown_key_inside_a_condition_lists_the_keys_of_a_condition():
    condition = {"apiVersion": "v1", "kind": "K", "type": "Ready", "observed": True}
    error = refusal("controller", {"conditions": [condition]})
    assert error.choices == ("apiVersion", "kind", "type", "status", "observedGeneration")


def test_a_definition_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "x.yaml.j2").write_text("")
    condition = {"apiVersion": "v1", "kind": "K", "type": "Ready"}
    options = {"templates": ".", "conditions": [condition], "definitions": ["crd.yaml"]}
    with pytest.raises(TargetError, match=r"driver\.definitions: .*crd\.yaml"):
        make_driver("controller", options, tmp_path / "target.yaml")


def test_without_options_the_controller_is_the_reference():
    driver = make_driver("controller", {}, None)
    assert isinstance(driver, ControllerDriver)
    assert driver.profiles == {"charm-request-auth"}
