"""Which programs the environment consists of, in which versions they are pinned, and what each module builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """One program that Go builds from its own module folder below ``modules/``."""

    program: str
    """Its file name."""
    module: str
    """The folder with its go.mod and go.sum."""
    package: str
    version: str
    link: tuple[str, ...] = ()
    """What the linker writes into the binary, as ``-X`` options."""


@dataclass(frozen=True)
class Release:
    """A version of Istio that the suite can run against."""

    version: str
    module: str
    proxy_version: str
    """What its proxies call themselves; istiod configures older ones differently."""


ISTIOD = "pilot-discovery"
ETCD = Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "3.6.7")
KUBERNETES = Program(
    "kube-apiserver",
    "kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "1.34.2",
    (
        "-X k8s.io/component-base/version.gitVersion=v1.34.2",
        "-X k8s.io/component-base/version.gitMajor=1",
        "-X k8s.io/component-base/version.gitMinor=34",
    ),
)
DEFAULT_RELEASE = "1.30-alpha.20260423"
RELEASES: Mapping[str, Release] = {
    each.version: each
    for each in (
        Release(DEFAULT_RELEASE, "istiod", "1.30.0"),
        Release("1.24.0", "istiod-1.24", "1.24.0"),
    )
}


def istiod(release: Release) -> Program:
    """The control plane of a release."""
    return Program(ISTIOD, release.module, "istio.io/istio/pilot/cmd/pilot-discovery", release.version)
