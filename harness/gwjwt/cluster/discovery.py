"""Where a kind's objects are found: asked of the API's own discovery, and kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gwjwt.cluster.watch import ApiRefused


class Resource(NamedTuple):
    """How the paths of a kind are made."""

    plural: str
    namespaced: bool


class Discovery:
    """The paths of all kinds of one API. ``get`` answers a path of the API with its JSON, or raises."""

    def __init__(self, get: Callable[[str], dict[str, Any]]) -> None:
        self._get = get
        self._known: dict[str, dict[str, Resource]] = {}

    def collection(self, api_version: str, kind: str, namespace: str) -> str:
        """The path of a kind's objects, in one namespace or, if that is empty, in all.

        Raises:
            ApiRefused: 404, the API does not know the kind.
        """
        resource = self.resource(api_version, kind)
        if namespace and resource.namespaced:
            return f"{root(api_version)}/namespaces/{namespace}/{resource.plural}"
        return f"{root(api_version)}/{resource.plural}"

    def resource(self, api_version: str, kind: str) -> Resource:
        """What the API says of a kind; raises as ``collection`` does."""
        known = self._known.get(api_version, {})
        if kind not in known:  # never asked, or a definition that was installed since
            found = self._get(root(api_version))["resources"]
            known = {
                each["kind"]: Resource(each["name"], each["namespaced"])
                for each in found
                if "/" not in each["name"]
            }
            self._known[api_version] = known
        if kind not in known:
            raise ApiRefused(404, "NotFound", f"the API does not know the kind {kind} in {api_version}")
        return known[kind]


def root(api_version: str) -> str:
    """The path under which a group and version is served."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
