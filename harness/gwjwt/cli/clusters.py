"""``gwjwt rbac`` and ``gwjwt clean``: what a run needs in a cluster, and what earlier ones have left there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import yaml

from gwjwt.cluster import Cluster, Object
from gwjwt.cluster.kubeconfig import default_kubeconfig, with_context
from gwjwt.environments.cluster.namespaces import left_behind, remove, remove_definitions
from gwjwt.environments.cluster.objects import RUN_LABEL
from gwjwt.environments.cluster.options import ClusterOptions, read_cluster_options
from gwjwt.errors import UsageError
from gwjwt.running.access import access_objects
from gwjwt.target import load_target

_GONE_WITHIN = 120.0


def cluster_options(kubeconfig: Path | None, context: str | None, environment: str | None) -> dict[str, str]:
    """The options of the environment cluster that the command line gives.

    Raises:
        UsageError: there are some, and another environment is asked for.
    """
    given = {"kubeconfig": str(kubeconfig.absolute()) if kubeconfig else "", "context": context or ""}
    options = {key: value for key, value in given.items() if value}
    if options and environment not in {None, "cluster"}:
        raise UsageError(f"--{next(iter(options))}: only for --environment cluster, not {environment}")
    return options


def print_rights(
    target_file: Path | None, driver: str | None, name: str, namespace: str, out: TextIO
) -> None:
    """Write the ServiceAccount, ClusterRole and ClusterRoleBinding that a run of this target needs.

    Raises:
        UsageError: the target file is wrong, or the rights that its driver needs are not known.
    """
    target = load_target(target_file).changed(driver=driver)
    options = ClusterOptions()
    if target.environment == "cluster":
        options = read_cluster_options(target.environment_options, str(target.file))
    yaml.safe_dump_all(access_objects(target.driver, options, name, namespace), out, sort_keys=False)


def clean_up(
    kubeconfig: Path | None, context: str | None, runs: Sequence[str], out: TextIO, *, dry_run: bool
) -> None:
    """List the namespaces that runs have left behind, and delete them.

    Raises:
        UsageError: the kubeconfig cannot be used.
        EnvironmentFailed: the API refuses, or one does not go.
    """
    with _connected(kubeconfig, context) as cluster:
        found = [each for each in left_behind(cluster) if not runs or _run(each) in runs]
        for each in found:
            metadata = each["metadata"]
            out.write(f"{metadata['name']}\trun {_run(each)}\tsince {metadata['creationTimestamp']}\n")
        if dry_run:
            out.write(f"{len(found)} namespaces would be deleted\n")
            return
        remove(cluster, [each["metadata"]["name"] for each in found], _GONE_WITHIN)
        remove_definitions(cluster, _GONE_WITHIN)
        out.write(f"{len(found)} namespaces deleted\n")


def _run(namespace: Object) -> str:
    return str(namespace["metadata"]["labels"][RUN_LABEL])


@contextmanager
def _connected(kubeconfig: Path | None, context: str | None) -> Iterator[Cluster]:
    content = with_context(kubeconfig or default_kubeconfig(), context)
    with tempfile.NamedTemporaryFile("w", prefix="gwjwt-", encoding="utf-8") as file:  # mode 0600
        yaml.safe_dump(content, file)
        file.flush()
        with Cluster(Path(file.name)) as cluster:
            yield cluster
