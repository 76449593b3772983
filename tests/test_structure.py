"""Dependencies point inwards: what each package may know of the others, and what none may know."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gwjwt

ROOT = Path(gwjwt.__path__[0])

WORDS = {"errors", "rules", "timings", "validation", "waiting", "words", "yaml_documents"}
"""Known to all; each of them knows only others of them."""

ALLOWED = {
    "redaction": {"identity"},
    "local": set(),
    "cluster": set(),
    "identity": {"local"},
    "traffic": {"identity", "local", "redaction"},
    "atlas": set(),
    "environments": {"cluster", "identity", "local", "traffic"},
    "checking": {"cluster", "environments", "identity", "redaction", "traffic"},
    "reference": {"cluster"},
    "drivers": {"cluster", "local", "reference"},
    "scene": {"atlas", "cluster", "drivers", "environments", "identity", "traffic"},
    "specification": set(),
    "reporting": {"pages", "redaction"},
    "cucumber": {"reporting", "specification"},
    "differential": set(),
    "pages": set(),
    "releases": {"reporting", "specification"},
    "verification": {"reporting", "specification", "traffic"},
    "faults": {"reference", "reporting"},
    "site": {"atlas", "faults", "pages", "reporting", "specification", "verification"},
    "target": {"drivers"},
    "running": {
        "cluster",
        "drivers",
        "environments",
        "faults",
        "local",
        "redaction",
        "reporting",
        "specification",
        "target",
        "traffic",
    },
    "pytest_plugin": {
        "cucumber",
        "drivers",
        "environments",
        "reporting",
        "running",
        "specification",
        "target",
    },
    "cli": {
        "atlas",
        "checking",
        "cluster",
        "differential",
        "environments",
        "faults",
        "local",
        "pytest_plugin",
        "releases",
        "reporting",
        "running",
        "site",
        "specification",
        "target",
        "verification",
    },
    "__main__": {"cli"},
}


def modules_in(file: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            assert node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def part_of(file: Path) -> str:
    """The package or the module at the top that a file belongs to."""
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


PARTS = sorted({part_of(file) for file in ROOT.rglob("*.py")} - {"__init__"})


@pytest.mark.parametrize("part", PARTS)
def test_a_part_knows_only_what_lies_further_in(part: str) -> None:
    known = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in ROOT.rglob("*.py")
        if part_of(file) == part
        for name in modules_in(file)
        if name.startswith("gwjwt.")
        and name != "gwjwt.__version__"
        and name.split(".")[1] not in {part} | WORDS | ALLOWED.get(part, set())
    }
    assert known == set()


RUN_ELSEWHERE = (
    "reference/charm/",
    "drivers/charm/application/",
    "drivers/charm/runner.py",
    "environments/cluster/far_end.py",
)
"""Charms, and what runs them in an interpreter that knows nothing of this package; and what runs in a pod."""


def test_what_runs_in_another_interpreter_knows_nothing_of_this_package() -> None:
    importing = {
        name: [module for module in modules_in(file) if module.split(".")[0] == "gwjwt"]
        for file in ROOT.rglob("*.py")
        if (name := str(file.relative_to(ROOT))).startswith(RUN_ELSEWHERE)
    }
    assert importing
    assert not any(importing.values())


def test_nothing_imports_the_steps() -> None:
    assert not [file for file in ROOT.rglob("*.py") if any(n.startswith("steps") for n in modules_in(file))]


ASK_THEIR_OWN_PROCESSES = {
    f"environments/local_istio/{name}.py"
    for name in ("control_plane", "etcd", "gateway_envoy", "istiod", "settling")
} | {"environments/cluster/settling.py"}
"""About health, settings and what is live: nothing that a verdict rests on as evidence of a request."""


@pytest.mark.parametrize(
    "module, home",
    [
        ("subprocess", {"local/processes.py", "local/guard.py"}),
        ("httpx", {"traffic/probe.py"} | ASK_THEIR_OWN_PROCESSES),
    ],
)
def test_what_needs_care_is_done_in_one_place(module: str, home: set[str]) -> None:
    """Processes are released whatever happens, and every judged request is evidence: both have one home."""
    users = {
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        if any(name.split(".")[0] == module for name in modules_in(file))
    }
    assert users <= home


def test_the_only_requests_beside_the_probe_s_are_those_that_apps_pass_on() -> None:
    clients = {
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "ClientSession"
    }
    control_planes = {
        "environments/embedded/gateway/keysets.py",  # fetches key sets, as istiod does
        "environments/cluster/tunnel.py",  # keeps a WebSocket to the Kubernetes API
    }
    assert clients - control_planes == {"traffic/onward.py"}


def test_nothing_sleeps_but_the_one_who_waits() -> None:
    sleeping = {
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
        and "sleep" in (getattr(node, "attr", ""), getattr(node, "id", ""))
    }
    assert sleeping == {"waiting.py", "drivers/charm/runner.py"}, "the runner shortens a charm's own sleep"


def test_the_table_has_no_circle_and_names_what_there_is() -> None:
    settled: set[str] = set()
    while inner := {part for part, known in ALLOWED.items() if known <= settled} - settled:
        settled |= inner
    assert settled == set(ALLOWED)
    assert set(ALLOWED) | WORDS == set(PARTS)
