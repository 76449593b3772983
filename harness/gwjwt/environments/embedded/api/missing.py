"""Requests for what a real cluster serves and the embedded API does not: nobody who made one can be judged here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from gwjwt.environments.embedded.api.registry import Registry
from gwjwt.environments.embedded.api.requests import ResourcePath, parse_path
from gwjwt.yaml_documents import document

_FILE = Path(__file__).parent / "definitions" / "real-cluster.yaml"


@cache
def resources_of_a_real_cluster() -> Mapping[str, Sequence[str]]:
    """The plurals of all resources that a cluster of the environment ``local-istio`` serves, by group and version."""
    served: Mapping[str, Sequence[str]] = document(_FILE.read_text(encoding="utf-8"))
    return served


class Missed:
    """What was asked for in vain, in the order of the first request, until the namespace that it was asked in is gone.

    A path that a real cluster does not know either is not missed: a client that looks whether there is a kind gets the
    answer that it would get there.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str | None], None] = {}

    def note(self, asked: str, registry: Registry) -> None:
        """Take in the path of a request that is answered with 404."""
        path = parse_path(asked)
        if path is not None:
            version = f"{path.group}/{path.version}" if path.group else path.version
            if path.plural in resources_of_a_real_cluster().get(version, ()):
                self._asked[_shown(path, version), path.namespace] = None
            return
        version = asked.strip("/").partition("/")[2]
        if version in resources_of_a_real_cluster() and not any(
            one.api_version == version for one in registry
        ):
            self._asked[asked.strip("/"), None] = None

    def forget(self, namespace: str) -> None:
        """What was asked for in a namespace is of no account any more."""
        self._asked = {key: None for key in self._asked if key[1] != namespace}

    def paths(self) -> list[str]:
        """Without namespaces and names, as ``apis/batch/v1/cronjobs``."""
        return list(dict.fromkeys(path for path, _ in self._asked))


def _shown(path: ResourcePath, version: str) -> str:
    return f"{'apis' if path.group else 'api'}/{version}/{path.plural}"
