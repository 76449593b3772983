"""Runs the hooks of one charm, in the charm's own interpreter, and keeps the state of its units between them.

A program of its own: it needs ``ops[testing]`` and what the charm needs, nothing of this package. It is called with
the charm's folder, reads one JSON object a line from standard input and answers each with one on standard output:
``{"done": …}``; ``{"raised": …, "traceback": …}`` for an exception that a hook did not catch; ``{"failed": …,
"traceback": …}`` for everything else that went wrong.
"""

from __future__ import annotations

import ast
import dataclasses
import faulthandler
import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

FIRST_NAP, LONGEST_NAP = 0.02, 1.0
"""Seconds that a hook's first sleep takes at most, and any sleep; each may take twice what the last one took."""

_BY_JUJU = dict.fromkeys(("egress-subnets", "ingress-address", "private-address"), "192.0.2.0")
"""What Juju itself writes into the databag of every unit."""

_METADATA = ("metadata.yaml", "config.yaml", "actions.yaml")


class ShortTime:
    """A clock on which a charm that polls for readiness does not wait: sleeping takes little, and skips the rest."""

    def __init__(self) -> None:
        self._sleep, self._clocks = time.sleep, {"time": time.time, "monotonic": time.monotonic}
        self._skipped, self._nap = 0.0, FIRST_NAP
        setattr(time, "sleep", self.nap)  # noqa: B010  # another signature to a type checker
        for name, clock in self._clocks.items():
            setattr(time, name, self._ahead(clock))

    def begin_hook(self) -> None:
        self._nap = FIRST_NAP

    def nap(self, seconds: float) -> None:
        taken = min(seconds, self._nap)
        self._sleep(taken)
        self._skipped += max(seconds - taken, 0.0)
        self._nap = min(self._nap * 2, LONGEST_NAP)

    def _ahead(self, clock: Callable[[], float]) -> Callable[[], float]:
        return lambda: clock() + self._skipped


class Charm:
    """A charm's class and metadata, and a folder that looks like its own to what it runs."""

    def __init__(self, folder: Path, view: Path) -> None:
        import yaml  # comes with ops

        def document(name: str) -> dict[str, Any]:
            file = folder / name
            return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.is_file() else {}

        meta = document("metadata.yaml") or document("charmcraft.yaml")
        self.config = document("config.yaml") or meta.pop("config", None)
        self.actions = document("actions.yaml") or meta.pop("actions", None)
        self.meta = meta
        self.root = view
        for entry in folder.iterdir():
            if entry.name not in _METADATA:  # ops.testing writes these itself
                (view / entry.name).symlink_to(entry)
        sys.path[:0] = [str(folder / name) for name in ("src", "lib")] + [str(folder)]
        self.type = _charm_class(folder / "src" / "charm.py")

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """All endpoints by name, each with its role, interface and limit."""
        return {
            name: {"role": role, "interface": declared.get("interface"), "limit": declared.get("limit")}
            for role in ("provides", "requires", "peers")
            for name, declared in (self.meta.get(role) or {}).items()
        }


def _charm_class(file: Path) -> type[Any]:
    """The class that ``src/charm.py`` hands to ``ops.main``; the only charm in it if that cannot be seen."""
    import ops

    module = importlib.import_module("charm")
    config: Any = sys.modules.get("kubernetes.config")
    if config:  # no pod is around us; the kubeconfig gives what a charm's pod would have
        config.load_incluster_config = config.load_kube_config
    found = [
        each for each in vars(module).values() if isinstance(each, type) and issubclass(each, ops.CharmBase)
    ]
    named = set(_given_to_main(file))
    chosen = [each for each in found if each.__name__ in named]
    chosen = chosen or [each for each in found if each.__module__ == module.__name__]
    if len(chosen) != 1:
        raise LookupError(f"{file} defines {len(chosen)} charms and does not say ops.main(…) for one of them")
    return chosen[0]


def _given_to_main(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name == "main":
                yield node.args[0].id


class Units:
    """The units of all applications that the charm is deployed as; each question is a method of this class."""

    def __init__(self, charm: Charm, clock: ShortTime) -> None:
        self._testing, self._charm, self._clock = _ops_testing(), charm, clock
        self._contexts: dict[str, Any] = {}
        self._states: dict[str, Any] = {}

    def describe(self) -> dict[str, Any]:
        return {"endpoints": self._charm.endpoints()}

    def names(self, *, module: str) -> list[str]:
        """What a module that the charm uses exports."""
        imported = importlib.import_module(module)
        return sorted(getattr(imported, "__all__", None) or vars(imported))

    def deploy(self, *, unit: str, app: str, model: str, leader: bool, config: Mapping[str, Any]) -> None:
        testing, charm = self._testing, self._charm
        self._contexts[unit] = testing.Context(
            charm.type,
            meta=charm.meta,
            config=charm.config,
            actions=charm.actions,
            app_name=app,
            charm_root=charm.root,
        )
        peers = charm.meta.get("peers") or {}
        self._states[unit] = testing.State(
            leader=leader,
            config=config,
            planned_units=1,
            model=testing.Model(name=model, type="kubernetes"),
            relations=[testing.PeerRelation(name, id=number) for number, name in enumerate(peers)],
            containers=[testing.Container(name) for name in charm.meta.get("containers") or {}],
        )

    def change(self, *, unit: str, **fields: Any) -> None:
        """Give the unit another ``config``, ``leader`` or ``planned_units``."""
        self._states[unit] = dataclasses.replace(self._states[unit], **fields)

    def relate(
        self,
        *,
        unit: str,
        relation: int,
        endpoint: str,
        app: str,
        app_data: Mapping[str, str],
        unit_data: Mapping[str, str] | None,
    ) -> None:
        """Make a relation, or replace what the other side has published; no ``unit_data``: no unit is there."""
        remote: dict[str, Any] = {
            "remote_app_data": dict(app_data),
            "remote_units_data": {} if unit_data is None else {0: {**_BY_JUJU, **unit_data}},
        }
        known = self._relation(unit, relation)
        if known is None:
            made = self._testing.Relation(endpoint, id=relation, remote_app_name=app, **remote)
        else:
            made = dataclasses.replace(known, **remote)
        self._put(unit, relation, made)

    def end(self, *, unit: str, relation: int) -> None:
        self._put(unit, relation, None)

    def fire(
        self, *, unit: str, event: str, relation: int | None = None, peer: str | None = None, seconds: float
    ) -> dict[str, Any]:
        """Run one hook; what it wrote counts only if it returns, as Juju has it."""
        state, context = self._states[unit], self._contexts[unit]
        with _reporting_hangs(seconds):
            self._clock.begin_hook()
            fired = getattr(context.on, event)
            subject = [] if relation is None and peer is None else [self._subject(unit, relation, peer)]
            self._states[unit] = state = context.run(fired(*subject), state)
        return {
            "unit": [state.unit_status.name, state.unit_status.message],
            "app": [state.app_status.name, state.app_status.message],
            "databags": {
                str(each.id): dict(each.local_app_data)
                for each in state.relations
                if isinstance(each, self._testing.Relation)
            },
            "log": self._logged(context),
        }

    def _logged(self, context: Any) -> list[list[str]]:
        """What the charm has logged since it was asked last, each with its level."""
        lines = [[line.level, line.message] for line in context.juju_log]
        context.juju_log.clear()
        return lines

    def forget(self, *, unit: str) -> None:
        self._states.pop(unit, None)
        self._contexts.pop(unit, None)

    def _subject(self, unit: str, relation: int | None, peer: str | None) -> Any:
        if peer is not None:
            return next(each for each in self._states[unit].relations if each.endpoint == peer)
        return self._relation(unit, relation)

    def _relation(self, unit: str, relation: int | None) -> Any:
        remote = (each for each in self._states[unit].relations if isinstance(each, self._testing.Relation))
        return next((each for each in remote if each.id == relation), None)

    def _put(self, unit: str, relation: int, made: Any) -> None:
        state = self._states[unit]
        others = [each for each in state.relations if each is not self._relation(unit, relation)]
        self._states[unit] = dataclasses.replace(state, relations=[*others, *([made] if made else [])])


def _ops_testing() -> Any:
    """The module with ``Context`` and ``State``; older releases of ops leave it to ``scenario``."""
    testing = importlib.import_module("ops.testing")
    return testing if hasattr(testing, "Context") else importlib.import_module("scenario")


@contextmanager
def _reporting_hangs(seconds: float) -> Iterator[None]:
    """Write to standard error where the program is when ``seconds`` have passed."""
    faulthandler.dump_traceback_later(seconds, exit=False)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _raised(error: BaseException) -> dict[str, str]:
    """The error as one line, and its traceback from where the charm's own code begins."""
    told = traceback.TracebackException.from_exception(error)
    own = [index for index, frame in enumerate(told.stack) if frame.filename.startswith(sys.argv[1])]
    told.stack = traceback.StackSummary.from_list(told.stack[min(own, default=0) :])
    lines = told.format()
    return {"raised": f"{type(error).__name__}: {error}".partition("\n")[0], "traceback": "".join(lines)}


def _failed(error: BaseException) -> dict[str, str]:
    told = _raised(error)
    return {"failed": told["raised"], "traceback": told["traceback"]}


def answer(units: Units, question: dict[str, Any]) -> dict[str, Any]:
    """What the question leads to; nothing that a charm raises ends the program."""
    from scenario.errors import UncaughtCharmError

    try:
        return {"done": getattr(units, question.pop("do"))(**question)}
    except UncaughtCharmError as error:
        return _raised(error.__cause__ or error)
    except SystemExit as error:  # a hook that exits by itself
        return {"done": None} if not error.code else _raised(error)
    except Exception as error:  # noqa: BLE001  # whatever it is, whoever asked has to know
        return _failed(error)


def serve(folder: Path, questions: IO[str], answers: IO[str], seconds: float) -> None:
    """Load the charm, say so, then answer until nobody asks any more."""
    clock = ShortTime()
    told: dict[str, Any]
    with tempfile.TemporaryDirectory(prefix="charm-", dir=os.getcwd()) as view:  # noqa: PTH109  # the run's folder
        os.chdir(view)
        try:
            with _reporting_hangs(seconds):
                units = Units(Charm(folder, Path(view)), clock)
                told = {"done": units.describe()}
        except BaseException as error:  # noqa: BLE001  # a charm may even exit while it is imported
            told, units = _failed(error), None
        print(json.dumps(told), file=answers, flush=True)
        while units and (line := questions.readline()):
            print(json.dumps(answer(units, json.loads(line))), file=answers, flush=True)
        os.chdir("/")


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a charm prints is no answer
    here = str(Path(__file__).parent)
    sys.path[:] = [each for each in sys.path if each != here]  # a charm must not import what lies beside this
    serve(Path(sys.argv[1]), sys.stdin, answers, float(sys.argv[2]))


if __name__ == "__main__":
    main()
