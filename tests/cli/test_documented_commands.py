"""The commands of the pages in docs/, run one after the other in one folder, as a reader runs them.

A line that begins with ``$`` is run. Where a comment says so, its exit code is another one than 0. Every other line has
to be among the output, apart from numbers and digests, which are another time's.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gwjwt.specification.root import suite_root

DOCS = Path(__file__).parents[2] / "docs"
CHARM = suite_root() / "harness" / "gwjwt" / "reference" / "charm"


def commands(page: str) -> list[tuple[str, int, list[str]]]:
    """Each command with its exit code and the lines that it is to print."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                command, _, remark = line[2:].partition("  #")
                code = re.search(r"exit code (\d)", remark)
                found.append((command, int(code[1]) if code else 0, []))
            else:
                found[-1][2].append(line)
    return found


def normalized(line: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "N", line.strip())


@pytest.fixture
def shell(tmp_path):
    """Runs a command in a folder where ``gwjwt`` is this one, on the suite that is given."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gwjwt"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gwjwt "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    def run(command, root):
        surroundings = {**own, "PATH": f"{program.parent}:{own['PATH']}", "GWJWT_SUITE_ROOT": str(root)}
        return subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    run.folder = folder
    return run


def follow(page, shell, root):
    listed = commands(page)
    assert listed
    for command, code, lines in listed:
        done = shell(command, root)
        assert done.returncode == code, (command, done.stdout, done.stderr)
        printed = {normalized(line) for line in (done.stdout + done.stderr).splitlines()}
        assert {normalized(line) for line in lines} <= printed, command


@pytest.mark.parametrize("page", ["start.md", "site.md"])
def test_the_commands_of_a_page_do_what_it_says(page, shell):
    follow(page, shell, suite_root())


def test_a_charm_is_tested_as_its_page_says(shell):
    shutil.copytree(CHARM, shell.folder / "my-charm")
    follow("charm.md", shell, suite_root())


def test_a_behaviour_is_added_as_its_page_says(shell, tmp_path):
    text = (DOCS / "behaviour.md").read_text(encoding="utf-8")
    [clause] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    [feature] = re.findall(r"```gherkin\n(.*?)```", text, re.DOTALL)
    [place] = re.findall(r"here `(features/\S+\.feature)`", text)
    root = tmp_path / "suite"
    for name in ("features", "steps"):
        shutil.copytree(suite_root() / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (root / "features" / "clauses.yaml").open("a", encoding="utf-8") as register:
        register.write(clause)
    (root / place).write_text(feature, encoding="utf-8")
    follow("behaviour.md", shell, root)
    assert "CHARM-CHANGE-01" in shell("gwjwt explain CHARM-CHANGE-01", root).stdout
