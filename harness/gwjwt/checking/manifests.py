"""Kubernetes objects as they stand in a folder, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Manifest = Mapping[str, Any]

SECURITY, ISTIO, GATEWAY_API = "security.istio.io", "networking.istio.io", "gateway.networking.k8s.io"
POLICY_KINDS = ("RequestAuthentication", "AuthorizationPolicy")


class Place(NamedTuple):
    """A line, from 1, of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Key(NamedTuple):
    """What makes two objects the same one; versions of a group are alike."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Found:
    """One object. Its namespace is always there, but for kinds of the whole cluster."""

    manifest: Manifest
    place: Place

    @property
    def group(self) -> str:
        return str(self.manifest["apiVersion"]).rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def namespace(self) -> str:
        return str(self.manifest["metadata"].get("namespace") or "")

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def spec(self) -> Manifest:
        spec = self.manifest.get("spec")
        return spec if isinstance(spec, Mapping) else {}

    @property
    def key(self) -> Key:
        return Key(self.group, self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        """``Kind namespace/name``, as messages name an object."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def is_a(found: Found, group: str, kind: str) -> bool:
    """Whether it is of that kind, whatever its version."""
    return found.group == group and found.kind == kind
