"""A small suite with a driver of its own, and the command run on it as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from gwjwt.waiting import NotYet, eventually

CLAUSES = """
- id: DOOR-OPEN-01
  source: doors.txt § Opening
  statement: A key opens.
  level: core
  profile: doors
  observe: open
- id: DOOR-OPEN-02
  source: doors.txt § Opening
  statement: No key no entry.
  level: core
  profile: doors
  observe: shut
- id: DOOR-BELL-01
  source: doors.txt § Bell
  statement: The bell rings.
  level: extended
  profile: doors
  observe: ring
- id: DOOR-NOTE-01
  source: doors.txt § Notes
  statement: Mind the step.
  level: note
  profile: doors
  observe: none
- id: WINDOW-01
  source: windows.txt § Light
  statement: Light comes in.
  level: core
  profile: windows
  observe: light
"""

DOORS = """
@profile:doors @level:core
Feature: Doors
  Background:
    Given a door

  Rule: A key opens

    @clause:DOOR-OPEN-01
    Scenario: The right key
      When the key "right" is turned
      Then the door is open

    @clause:DOOR-OPEN-02
    Scenario Outline: Other keys
      When the key "<key>" is turned
      Then the door is shut

      Examples:
        | key   |
        | wrong |
        | none  |
"""

BELL = """
@profile:doors
Feature: Bell
  @level:extended @clause:DOOR-BELL-01 @feature:Bell
  Scenario: It rings
    Given a door
    Then the bell rings
"""

VOCABULARY = """
import os
from pytest_bdd import given, when, then, parsers
from gwjwt import errors
from gwjwt import timings
from steps.vocabulary.keys import RIGHT

@given("a door", target_fixture="door")
def door(house):
    return {"open": False}

@when(parsers.parse('the key "{key}" is turned'))
def turn(door, key, evidence_log):
    with timings.phase("requests"):
        evidence_log.append({"key": key})
        door["open"] = key == RIGHT

@then("the door is open")
def is_open(door):
    assert door["open"]

@then("the door is shut")
def is_shut(door):
    assert not door["open"]

@then("the bell rings")
def rings(): ...
"""

KEYS = """
RIGHT = "right"
"""

CONFTEST = """
import pytest
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed

class House:
    description = EnvironmentDescription("house", {"brick": "2"}, "acknowledged")
    wall = "whole"

    def check(self):
        if self.wall != "whole":
            raise EnvironmentFailed("the wall", self.wall)

@pytest.fixture(scope="session")
def house(announce_environment, gwjwt_target):
    house = House()
    announce_environment(house)
    yield house

@pytest.fixture
def doorstep():
    yield
    raise OSError("the step broke")
"""

BINDING = """
from pytest_bdd import scenarios
scenarios("../features/doors")
"""

DRIVER = """
class Doors:
    name = "doors"
    profiles = frozenset({"doors"})
    features = frozenset({"Bell"})

    @classmethod
    def from_options(cls, options, target_file=None):
        driver = cls()
        if options.get("bell") is False:
            driver.features = frozenset()
        return driver
"""


@dataclass(frozen=True)
class Outcome:
    """What the command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@dataclass(frozen=True)
class Suite:
    """A suite in a folder, and the command bound to it."""

    root: Path
    packages: Path

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def add_scenarios(self, stem: str, text: str) -> None:
        self.write(f"features/doors/{stem}.feature", text)

    def add_steps(self, text: str) -> None:
        file = self.root / "steps" / "vocabulary" / "doors.py"
        file.write_text(file.read_text() + textwrap.dedent(text), encoding="utf-8")

    @property
    def surroundings(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST_")}
        return {
            **own,
            "GWJWT_SUITE_ROOT": str(self.root),
            "PYTHONPATH": str(self.packages),
            "PYTEST_ADDOPTS": "--no-such-option",
        }

    def command(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-W",
            "error",
            "-c",
            "import sys; from gwjwt.cli import main; sys.exit(main())",
            *arguments,
        ]

    def gwjwt(self, *arguments: str) -> Outcome:
        return self._finished(self.command(*arguments), self.root.parent, self.surroundings)

    def pytest(self, *arguments: str) -> Outcome:
        """Plain pytest in the suite's folder, with the plugin as a checkout has it."""
        plugins = ["-p", "gwjwt.pytest_plugin", "-p", "no:randomly", "-p", "no:cacheprovider"]
        surroundings = {name: value for name, value in self.surroundings.items() if name != "PYTEST_ADDOPTS"}
        command = [sys.executable, "-m", "pytest", "--import-mode=importlib", *plugins, *arguments]
        return self._finished(command, self.root, surroundings)

    def report(self, directory: str) -> dict:
        return json.loads((self.root.parent / directory / "report.json").read_text(encoding="utf-8"))

    def wait_for(self, file: Path) -> None:
        def there() -> None:
            if not file.exists():
                raise NotYet(f"no {file}")

        eventually(str(file), there, deadline=20)

    def _finished(self, command: list[str], folder: Path, surroundings: dict[str, str]) -> Outcome:
        done = subprocess.run(
            command,
            env=surroundings,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str) -> Outcome:
        return self.gwjwt("run", "--driver", "doors", *arguments)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    made = Suite(tmp_path / "suite", tmp_path / "packages")
    made.write("features/clauses.yaml", CLAUSES)
    made.add_scenarios("opening", DOORS)
    made.add_scenarios("bell", BELL)
    made.write("steps/vocabulary/doors.py", VOCABULARY)
    made.write("steps/vocabulary/keys.py", KEYS)
    made.write("steps/conftest.py", CONFTEST)
    made.write("steps/test_doors.py", BINDING)
    made.write("../packages/doors_driver.py", DRIVER)
    made.write("../packages/doors-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: doors\nVersion: 1\n")
    made.write(
        "../packages/doors-1.dist-info/entry_points.txt", "[gwjwt.drivers]\ndoors = doors_driver:Doors\n"
    )
    return made
