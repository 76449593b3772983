"""etcd data with all definitions in it, kept in the user's cache folder: a start from it takes seconds less.

It is made by the first environment that finds none, of the data that its own etcd has left at its end; it holds
definitions and what the API server sets up for itself, and nothing of a run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from gwjwt.cluster import Cluster
from gwjwt.environments.local_istio.assets import Assets, cache_folder
from gwjwt.environments.local_istio.control_plane import KubernetesControlPlane
from gwjwt.environments.local_istio.crds import install_definitions
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import PortPool
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines


def seed_folder(assets: Assets) -> Path:
    return cache_folder() / "seeds" / assets.fingerprint()


def existing_seed(assets: Assets) -> Path | None:
    folder = seed_folder(assets)
    return folder if folder.is_dir() else None


def make_seed(assets: Assets, deadlines: Deadlines) -> Path:
    """Start a Kubernetes API, install the definitions, end it, and keep its data.

    Raises:
        EnvironmentFailed: a program does not start, or the folder cannot be written.
    """
    with RunDirectory() as directory, PortPool() as ports:
        kubernetes = KubernetesControlPlane(assets, directory, ports, deadlines, None)
        with kubernetes, Cluster(kubernetes.kubeconfig) as cluster:
            install_definitions(cluster, assets.definitions, deadlines.start)
        return _keep(kubernetes.data, seed_folder(assets))


def _keep(data: Path, folder: Path) -> Path:
    """Put it there as a whole or not at all: several processes may do this at the same time."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".half-"))
        try:
            shutil.copytree(data, half / "etcd")
            os.rename(half / "etcd", folder)  # noqa: PTH104 - Path.rename says the same with a longer message
        except FileExistsError:
            return folder
        finally:
            shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        if folder.is_dir():
            return folder
        raise EnvironmentFailed("local-istio", f"cannot write {folder}: {error.strerror or error}") from error
    return folder
