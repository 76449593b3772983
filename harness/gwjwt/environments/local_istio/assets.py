"""The programs of the environment and the definitions that they come with: where they are found.

Looked for in this order: the target file's ``assets``, ``GWJWT_ISTIO_ASSETS``, for etcd and kube-apiserver also
``KUBEBUILDER_ASSETS`` (as in controller-runtime's envtest), and what ``gwjwt istio build`` has put into the user's
cache folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gwjwt.environments.local_istio.versions import ETCD, ISTIOD, KUBERNETES, RELEASES, Release
from gwjwt.errors import EnvironmentFailed

OVERRIDE = "GWJWT_ISTIO_ASSETS"
KUBEBUILDER = "KUBEBUILDER_ASSETS"
DEFINITIONS = "crds"
"""The folder beside istiod with the custom resource definitions of Istio and of the Gateway API."""
CURE = f"build them with `gwjwt istio build`, or set {OVERRIDE} to a folder that holds them"


@dataclass(frozen=True)
class Assets:
    """Programs that exist, and the folder of YAML files with the definitions."""

    etcd: Path
    kube_apiserver: Path
    istiod: Path
    definitions: Path

    def fingerprint(self) -> str:
        """Changes when a program or a definition does; says which etcd data can be started from."""
        digest = hashlib.sha256()
        for file in (self.etcd, self.kube_apiserver, *definition_files(self.definitions)):
            told = file.stat()
            digest.update(f"{file.resolve()} {told.st_size} {told.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:16]


def definition_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def cache_folder() -> Path:
    """The user's cache folder for what is built (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "gwjwt" / "istio"


def built_folders(release: Release) -> dict[str, Path]:
    """Where ``gwjwt istio build`` puts each program: a folder by name and version."""
    cache = cache_folder()
    return {
        ETCD.program: cache / f"etcd-{ETCD.version}",
        KUBERNETES.program: cache / f"kubernetes-{KUBERNETES.version}",
        ISTIOD: cache / f"istio-{release.version}",
    }


def find_assets(version: str, chosen: Path | None = None, env: Mapping[str, str] = os.environ) -> Assets:
    """The programs to run.

    Raises:
        EnvironmentFailed: one is missing; names all that are, and the way to get them.
    """
    places = _places(RELEASES[version], chosen, env)
    found = {name: _first(name, folders) for name, folders in places.items()}
    missing = sorted(name for name, file in found.items() if file is None)
    istiod = found[ISTIOD]
    if istiod is not None and not definition_files(istiod.parent / DEFINITIONS):
        missing.append(f"{DEFINITIONS}/*.yaml beside {ISTIOD}")
    if missing or istiod is None:
        raise EnvironmentFailed("local-istio", f"there is no {', no '.join(missing)}; {CURE}")
    present = {name: file for name, file in found.items() if file is not None}
    return Assets(
        etcd=present[ETCD.program],
        kube_apiserver=present[KUBERNETES.program],
        istiod=istiod,
        definitions=istiod.parent / DEFINITIONS,
    )


def _places(release: Release, chosen: Path | None, env: Mapping[str, str]) -> dict[str, list[Path]]:
    given = [*_named(chosen), *_named(env.get(OVERRIDE))]
    kubebuilder = _named(env.get(KUBEBUILDER))
    built = built_folders(release)
    return {
        name: [*given, *(kubebuilder if name != ISTIOD else ()), folder] for name, folder in built.items()
    }


def _named(folder: Path | str | None) -> Iterator[Path]:
    if folder:
        yield Path(folder)


def _first(program: str, folders: list[Path]) -> Path | None:
    files = (folder / program for folder in folders)
    return next((file for file in files if file.is_file() and os.access(file, os.X_OK)), None)
