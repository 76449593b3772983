"""Which hooks run, in which order, and what an error stops; on a charm that writes down what it sees."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from gwjwt.drivers.charm.juju import Unit
from gwjwt.drivers.charm.process import CharmBroken, CharmSource, running
from gwjwt.drivers.charm.relations import Published
from gwjwt.local.processes import RunDirectory

METADATA = """
name: witness
type: charm
peers: {friends: {interface: friends}}
provides: {rules: {interface: rules}}
config: {options: {fail-at: {type: string, default: ""}}}
"""

SOURCE = """
import json, pathlib, time
import ops

class Witness(ops.CharmBase):
    stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        self.stored.set_default(seen=0)
        for event in self.on.events().values():
            if isinstance(event, ops.BoundEvent) and issubclass(event.event_type, ops.HookEvent):
                framework.observe(event, self.note)

    def note(self, event):
        relations = {each.app.name: dict(each.data[each.app]) for each in self.model.relations["rules"]}
        units = sum(len(each.units) for each in self.model.relations["rules"])
        self.stored.seen += 1
        entry = {"hook": event.handle.kind, "relations": relations, "units": units, "seen": self.stored.seen,
                 "planned": self.app.planned_units(), "leader": self.unit.is_leader(), "model": self.model.name,
                 "config": dict(self.config)}
        with pathlib.Path(LOG).open("a") as log:
            log.write(json.dumps(entry) + "\\n")
        if self.config["fail-at"] and self.config["fail-at"] in event.handle.kind:
            raise RuntimeError("as asked")
        if isinstance(event, ops.ConfigChangedEvent):
            began = time.monotonic()
            while time.monotonic() < began + 100:
                time.sleep(10)
        for each in self.model.relations["rules"]:
            each.data[self.app]["seen"] = str(self.stored.seen)
        self.unit.status = ops.BlockedStatus(event.handle.kind)
"""


class Witness:
    def __init__(self, process, log: Path) -> None:
        self.process, self._log = process, log

    def unit(self, **options) -> Unit:
        return Unit(self.process, "front", "model", **options)

    def saw(self) -> list[dict]:
        """What the charm has seen since the last call."""
        if not self._log.exists():
            return []
        lines = self._log.read_text().splitlines()
        self._log.unlink()
        return [json.loads(line) for line in lines]

    def hooks(self) -> list[str]:
        return [entry["hook"] for entry in self.saw()]


@pytest.fixture
def witness(tmp_path):
    folder, log = tmp_path / "witness", tmp_path / "log"
    (folder / "src").mkdir(parents=True)
    (folder / "charmcraft.yaml").write_text(METADATA)
    (folder / "src" / "charm.py").write_text(textwrap.dedent(SOURCE).replace("LOG", repr(str(log))))
    source = CharmSource("witness", folder, Path(sys.executable))
    with RunDirectory() as home, running(home, [source], tmp_path / "kubeconfig", 10.0) as [process]:
        yield Witness(process, log)


def test_a_new_unit(witness) -> None:
    witness.unit().install()
    seen = witness.saw()
    assert [each["hook"] for each in seen] == [
        "install", "friends_relation_created", "leader_elected", "config_changed", "start",
    ]  # fmt: skip
    assert {(each["leader"], each["planned"], each["model"]) for each in seen} == {(True, 1, "model")}
    assert [each["seen"] for each in seen] == [1, 2, 3, 4, 5], "stored state is kept between hooks"


def test_a_relation_from_its_beginning_to_its_end(witness) -> None:
    unit = witness.unit()
    made = unit.relate("rules", "dashboard", Published({"key": "one"}))
    seen = witness.saw()
    assert [(each["hook"], each["relations"], each["units"]) for each in seen] == [
        ("rules_relation_created", {"dashboard": {}}, 0),
        ("rules_relation_joined", {"dashboard": {"key": "one"}}, 1),
        ("rules_relation_changed", {"dashboard": {"key": "one"}}, 1),
    ]
    assert made.answer == {"seen": "3"}
    assert unit.relate("rules", "dashboard", Published({"key": "two"})) is made
    [changed] = witness.saw()
    assert (changed["hook"], changed["relations"]) == (
        "rules_relation_changed",
        {"dashboard": {"key": "two"}},
    )
    unit.end_relation("rules", "dashboard")
    assert [(each["hook"], sorted(each["relations"])) for each in witness.saw()] == [
        ("rules_relation_departed", ["dashboard"]),
        ("rules_relation_broken", []),
    ]
    unit.configure({})
    assert witness.saw()[0]["relations"] == {}


def test_two_applications_have_relations_of_their_own(witness) -> None:
    unit = witness.unit()
    unit.relate("rules", "dashboard", Published({"key": "one"}))
    unit.relate("rules", "catalogue", Published({"key": "two"}))
    assert witness.saw()[-1]["relations"] == {"dashboard": {"key": "one"}, "catalogue": {"key": "two"}}
    unit.end_relation("rules", "dashboard")
    assert witness.saw()[-1]["relations"] == {"catalogue": {"key": "two"}}


def test_removal_ends_the_relations_and_plans_no_unit(witness) -> None:
    unit = witness.unit()
    unit.relate("rules", "dashboard", Published())
    witness.saw()
    unit.remove()
    seen = witness.saw()
    assert [each["hook"] for each in seen] == [
        "rules_relation_departed",
        "rules_relation_broken",
        "stop",
        "remove",
    ]
    assert seen[-1]["planned"] == 0


def test_an_error_holds_back_what_comes_later_until_the_hook_succeeds(witness) -> None:
    unit = witness.unit(config={"fail-at": "relation_joined"})
    unit.relate("rules", "dashboard", Published({"key": "one"}))
    assert witness.hooks() == ["rules_relation_created", "rules_relation_joined"]
    assert unit.failure
    assert (unit.failure.hook, unit.failure.cause) == ("rules-relation-joined", "RuntimeError: as asked")
    assert 'raise RuntimeError("as asked")' in unit.failure.trace
    unit.relate("rules", "dashboard", Published({"key": "two"}))
    assert [(each["hook"], each["relations"]) for each in witness.saw()] == [
        ("rules_relation_joined", {"dashboard": {"key": "two"}})
    ], "it is tried again, and sees what is there now"
    assert len(unit.failures) == 1, "one failure, however often it is tried again"
    witness.process.ask("change", unit="model/front", config={})
    unit.retry()
    assert witness.hooks() == ["rules_relation_joined", "rules_relation_changed", "rules_relation_changed"]
    assert unit.failure is None


def test_what_a_failed_hook_has_written_does_not_count(witness) -> None:
    unit = witness.unit(config={"fail-at": "rules_relation_changed"})
    made = unit.relate("rules", "dashboard", Published())
    assert made.answer == {"seen": "2"}
    witness.saw()
    unit.retry()
    assert [each["seen"] for each in witness.saw()] == [3]


def test_hooks_of_a_relation_that_ends_while_another_hook_fails_are_left_out(witness) -> None:
    unit = witness.unit(config={"fail-at": "config_changed"})
    unit.configure({"fail-at": "config_changed"})
    unit.relate("rules", "dashboard", Published())
    unit.end_relation("rules", "dashboard")
    witness.process.ask("change", unit="model/front", config={})
    witness.saw()
    unit.retry()
    assert witness.hooks() == ["config_changed", "rules_relation_departed", "rules_relation_broken"]


def test_polling_takes_little_time_and_sees_all_of_it_pass(witness) -> None:
    """The hook waits 100 s by its own clock; the runner's deadline of 10 s would end it."""
    unit = witness.unit()
    unit.configure({})
    assert unit.status["unit"] == ("blocked", "config_changed")


def test_what_the_runner_cannot_do_is_no_failure_of_the_charm(witness) -> None:
    with pytest.raises(CharmBroken, match="cannot be run"):
        witness.unit().relate("not-declared", "dashboard", Published())
