"""What keeps an environment from being built or started is told with its cause, and nothing is judged or left."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gwjwt.environments.local_istio import building
from gwjwt.environments.local_istio.assets import OVERRIDE, find_assets
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE
from gwjwt.errors import EnvironmentFailed

NOT_JUDGED = 3
MEGABYTE = 1_000_000


def run(
    folder: Path, *arguments: str, largest_file: int = resource.RLIM_INFINITY, **env: str
) -> subprocess.CompletedProcess[str]:
    """A run whose temporary folder is this one, and which can write no larger file than that many bytes."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "gwjwt",
            "run",
            "--environment=local-istio",
            "--clause=CHARM-VALIDATE-01",
            *arguments,
        ],
        env={**os.environ, "TMPDIR": str(folder), **env},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_program_that_dies_at_its_start(tmp_path: Path, workers: str) -> None:
    assets = find_assets(DEFAULT_RELEASE)
    given, folder = tmp_path / "assets", tmp_path / "run"
    given.mkdir()
    folder.mkdir()
    (given / "etcd").symlink_to(assets.etcd)
    (given / "pilot-discovery").symlink_to(assets.istiod)
    (given / "crds").symlink_to(assets.definitions)
    dying = given / "kube-apiserver"
    dying.write_text("#!/bin/sh\necho 'unknown flag: --nonsense'\nexit 7\n")
    dying.chmod(0o755)
    found = run(folder, "-n", workers, **{OVERRIDE: str(given)})
    assert found.returncode == NOT_JUDGED, found.stdout
    assert found.stdout.count("kube-apiserver: exited with code 7\n    unknown flag: --nonsense") == 1
    assert not list(folder.iterdir())


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    found = run(tmp_path, largest_file=MEGABYTE)
    assert found.returncode == NOT_JUDGED, found.stdout
    assert re.search(r"local-istio: cannot write .*/etcd: .*File too large", found.stdout)
    assert not list(tmp_path.iterdir())


def test_a_wrong_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = tmp_path / "modules"
    shutil.copytree(building.MODULES, modules)
    sums = modules / "etcd" / "go.sum"
    right = re.search(r"^go\.etcd\.io/etcd/server/v3 v\S+ h1:(\S+)$", sums.read_text(), re.MULTILINE)
    assert right
    sums.write_text(sums.read_text().replace(right[1], "A" * 43 + "="))
    monkeypatch.setattr(building, "MODULES", modules)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    env = {**os.environ, "GOCACHE": str(tmp_path / "go")}
    with pytest.raises(EnvironmentFailed, match="building etcd") as failed:
        building.build(DEFAULT_RELEASE, lambda _: None, env)
    assert "checksum mismatch" in str(failed.value)
    assert not list((tmp_path / "cache").rglob("etcd"))
