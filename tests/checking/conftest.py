from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from gwjwt.checking.check import Check
from gwjwt.checking.folder import read_folder
from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.waiting import Deadlines

FOLDERS = Path(__file__).parent / "folders"


class Command:
    """``gwjwt check`` as a user runs it."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> dict:
        return json.loads(self.out)

    def findings(self) -> set[tuple[str, str]]:
        """Kind and place of each finding, without the paths that were made up to look below others."""
        found = self.document["findings"]
        return {
            (each["finding"], f"{each['hostname']}{each['path']}")
            for each in found
            if not each["path"].endswith(("gwjwt-check", "/")) or each["path"] == "/"
        }


def run_check(*arguments: object, cwd: Path | None = None) -> Command:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "gwjwt", "check", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
    )
    return Command(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder_of(tmp_path):
    """A copy of one of the folders, to be changed."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(FOLDERS / name, tmp_path / name))

    return copy


@pytest.fixture(scope="session")
def place():
    with EmbeddedEnvironment(Deadlines()) as environment, Cluster(environment.kubeconfig) as cluster:
        yield environment, cluster


_numbers = itertools.count(1)


@pytest.fixture
def check_files(place, tmp_path):
    """Checks files in namespaces that nobody else has: ``NS`` in their text is one of them."""
    environment, cluster = place
    used = []

    def check(files: Mapping[str, str]):
        namespace = f"team-{next(_numbers)}"
        used.append(namespace)
        folder = tmp_path / namespace
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text).replace("NS", namespace), encoding="utf-8")
        return Check(read_folder(folder, namespace), environment, cluster, namespace).run()

    yield check
    for namespace in used:
        environment.delete_namespace(namespace)
