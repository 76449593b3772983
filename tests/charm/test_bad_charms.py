"""What cannot be run as a charm ends with one line that names the cause, and judges nothing."""

from __future__ import annotations

import sys
import venv
from importlib.util import find_spec

import pytest

from gwjwt.drivers.charm import interpreter
from gwjwt.drivers.charm.driver import REFERENCE, CharmDriver
from gwjwt.drivers.charm.interpreter import made_interpreter, own_interpreter
from gwjwt.errors import EnvironmentFailed, TargetError

NOTHING_JUDGED = 3
ONE = ("--clause", "CHARM-DENY-01")


@pytest.fixture
def charm(tmp_path):
    """A folder with the metadata of the reference and this source."""

    def make(source: str):
        folder = tmp_path / "bad"
        (folder / "src").mkdir(parents=True)
        (folder / "charmcraft.yaml").write_text((REFERENCE / "charmcraft.yaml").read_text())
        (folder / "src" / "charm.py").write_text(source)
        return folder

    return make


@pytest.mark.parametrize(
    "source, cause",
    [
        ("import not_there", "does not load: ModuleNotFoundError: No module named 'not_there' (run by"),
        ("import ops\nraise ValueError('early')", "does not load: ValueError: early"),
        ("import sys\nsys.exit(4)", "does not load: SystemExit: 4"),
        ("def broken(:", "does not load: SyntaxError"),
        ("import ops\nclass A(ops.CharmBase): ...\nclass B(ops.CharmBase): ...", "defines 2 charms"),
        ("x = 1", "defines 0 charms"),
        ("import os\nos._exit(5)", "ended in loading it"),
    ],
)
def test_a_charm_that_does_not_load(source, cause, judge, charm) -> None:
    folder = charm(source)
    outcome = judge("--charm", folder, *ONE)
    assert outcome.code == NOTHING_JUDGED
    first, *_ = outcome.reasons.splitlines()
    assert first.startswith("the environment failed: the charm bad: ")
    assert cause in first


def test_its_own_traceback_is_told(judge, charm) -> None:
    folder = charm("import ops\ndef early():\n    raise ValueError('early')\nearly()")
    reasons = judge("--charm", folder, *ONE).reasons
    assert f'File "{folder / "src" / "charm.py"}", line 3, in early' in reasons
    assert "runner.py" not in reasons


def test_a_charm_that_hangs_is_told_with_the_place(judge, charm, tmp_path) -> None:
    charm(
        "import ops\nclass Hangs(ops.CharmBase):\n    def __init__(self, framework):\n"
        "        super().__init__(framework)\n        while True: pass"
    )
    target = tmp_path / "target.yaml"
    target.write_text(
        "apiVersion: gwjwt.dev/v1alpha1\nkind: Target\ndriver: {name: charm, charm: bad}\ndeadlines: {start: 3}\n"
    )
    outcome = judge(target, *ONE)
    assert outcome.code == NOTHING_JUDGED
    assert "its hook install hangs: no end within 3 s (deadlines.start)" in outcome.reasons
    assert 'charm.py", line 5 in __init__' in outcome.reasons


@pytest.mark.parametrize("missing", ["charmcraft.yaml", "src/charm.py"])
def test_a_folder_that_is_no_charm(missing, judge, charm) -> None:
    folder = charm("")
    (folder / missing).unlink()
    outcome = judge("--charm", folder, *ONE)
    assert outcome.code == NOTHING_JUDGED
    assert outcome.text == f"gwjwt: driver.charm: {folder} is no charm: there is no {missing} in it\n"


def test_an_interpreter_that_is_none(judge) -> None:
    outcome = judge("--charm", REFERENCE, "--interpreter", "/not/there", *ONE)
    assert outcome.code == NOTHING_JUDGED
    assert outcome.text == "gwjwt: driver.interpreter: /not/there is no program; give the path of a Python\n"


def test_an_interpreter_without_ops(judge, tmp_path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    outcome = judge("--charm", REFERENCE, "--interpreter", tmp_path / "bare" / "bin" / "python", *ONE)
    assert outcome.code == NOTHING_JUDGED
    first = outcome.reasons.splitlines()[0]
    assert "No module named" in first
    assert "give one that has it with --interpreter, or have one made with --make-interpreter" in first


def test_without_the_extra_the_way_out_is_told(monkeypatch) -> None:
    monkeypatch.setattr(
        interpreter, "find_spec", lambda name: None if name == "scenario" else find_spec(name)
    )
    with pytest.raises(EnvironmentFailed, match=r"scenario cannot be imported here: pip install .*\[charm\]"):
        own_interpreter()


def test_no_requirements_to_make_an_interpreter_of(tmp_path) -> None:
    with pytest.raises(EnvironmentFailed, match=r"neither requirements\.txt nor pyproject\.toml"):
        made_interpreter(tmp_path)


@pytest.mark.parametrize(
    "options, key",
    [
        ({"charms": "x"}, "driver.charms"),
        ({"endpoints": {"forwardauth": "x"}}, "driver.endpoints.forwardauth"),
        ({"interpreter": sys.executable, "makeInterpreter": True}, "driver.makeInterpreter"),
    ],
)
def test_wrong_options_name_the_key(options, key, tmp_path) -> None:
    with pytest.raises(TargetError) as wrong:
        CharmDriver.from_options(options, tmp_path / "target.yaml")
    assert wrong.value.key == key


def test_only_the_charm_driver_takes_a_charm(judge) -> None:
    outcome = judge("--driver", "manifests", "--charm", REFERENCE)
    assert outcome.code == 2
    assert "only for --driver charm, not manifests" in outcome.text
