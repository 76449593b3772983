"""What the API says of itself: groups, versions, resources and its own version.

Source: Kubernetes documentation, "Kubernetes API Concepts", section "API Discovery" (the unaggregated form, which every
client falls back to).
"""

from __future__ import annotations

from typing import Any

from gwjwt import __version__
from gwjwt.environments.embedded.api.registry import Registry
from gwjwt.environments.embedded.api.resources import Resource

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_STATUS_VERBS = ["get", "patch", "update"]

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": f"v1.34.0+gwjwt-{__version__}",
    "gitCommit": "",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}
"""The release whose behaviour is emulated; the build metadata says that it is an emulation."""


def describe(registry: Registry, path: str, address: str) -> dict[str, Any] | None:
    """The discovery document under a path, or None when there is none."""
    parts = [part for part in path.split("/") if part]
    if parts == ["api"]:
        return {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
        }
    if parts == ["apis"]:
        groups = [_group(registry, group) for group in _groups(registry)]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if len(parts) == 2 and parts[0] == "apis" and parts[1] in _groups(registry):  # noqa: PLR2004 - apis, group
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(registry, parts[1])}
    group_version = "/".join(parts[1:])
    resources = [one for one in registry if one.api_version == group_version]
    if resources and parts[0] == ("apis" if resources[0].group else "api"):
        listed = [entry for one in resources for entry in _entries(one)]
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": group_version,
            "resources": sorted(listed, key=lambda entry: str(entry["name"])),
        }
    return None


def _groups(registry: Registry) -> list[str]:
    return list(dict.fromkeys(one.group for one in registry if one.group))


def _group(registry: Registry, group: str) -> dict[str, Any]:
    served = dict.fromkeys(one.version for one in registry if one.group == group)
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for version in sorted(served, key=_priority)
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _priority(version: str) -> tuple[int, str]:
    """Stable versions before beta and alpha ones."""
    return (2 if "alpha" in version else 1 if "beta" in version else 0), version


def _entries(resource: Resource) -> list[dict[str, Any]]:
    entry: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _VERBS,
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    entries = [entry]
    if resource.status:
        entries.append(
            {
                "name": f"{resource.plural}/status",
                "singularName": "",
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": _STATUS_VERBS,
            }
        )
    return entries
