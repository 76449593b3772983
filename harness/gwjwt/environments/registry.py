"""The kinds of environments, by the name that a target file uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gwjwt.errors import TargetError
from gwjwt.waiting import Deadlines

if TYPE_CHECKING:  # loads HTTP servers and clients, which "gwjwt list" has no use for
    from gwjwt.environments.cluster.known import KnownCluster
    from gwjwt.environments.protocol import Environment, Shareable

Start = Callable[[Mapping[str, Any], Deadlines, str], "AbstractContextManager[Environment]"]
Ask = Callable[..., Any]
"""Calls a method, by its name, of what another process shares; raises what the method raises."""


def _embedded(
    options: Mapping[str, Any], deadlines: Deadlines, where: str
) -> AbstractContextManager[Environment]:
    from gwjwt.environments.embedded.environment import EmbeddedEnvironment  # loads gRPC and aiohttp

    for key in options.keys() - {"fault"}:
        raise TargetError(where, f"environment.{key}", "unknown key", choices=["kind", "fault"])
    fault = options.get("fault")
    if fault is None:
        return EmbeddedEnvironment(deadlines)
    from gwjwt.environments.embedded.faults import WRONG_GATEWAYS  # not for who wants right ones

    if fault not in WRONG_GATEWAYS:
        raise TargetError(where, "environment.fault", f"{fault!r} is unknown", choices=WRONG_GATEWAYS)
    return EmbeddedEnvironment(deadlines, WRONG_GATEWAYS[fault])


def _local_istio(
    options: Mapping[str, Any], deadlines: Deadlines, where: str
) -> AbstractContextManager[Environment]:
    from gwjwt.environments.local_istio.environment import LocalIstioEnvironment  # as above
    from gwjwt.environments.local_istio.istio_cluster import LocalCluster
    from gwjwt.environments.local_istio.options import read_local_istio_options

    return LocalIstioEnvironment(LocalCluster(read_local_istio_options(options, where), deadlines), deadlines)


def _shared_local_istio(
    options: Mapping[str, Any], deadlines: Deadlines, where: str, tenants: int
) -> AbstractContextManager[Shareable]:
    from gwjwt.environments.local_istio.istio_cluster import LocalCluster  # as above
    from gwjwt.environments.local_istio.options import read_local_istio_options

    return LocalCluster(read_local_istio_options(options, where), deadlines, tenants)


def _join_local_istio(ask: Ask, deadlines: Deadlines) -> AbstractContextManager[Environment]:
    from gwjwt.environments.local_istio.environment import LocalIstioEnvironment  # as above
    from gwjwt.environments.local_istio.joining import JoinedCluster

    return LocalIstioEnvironment(JoinedCluster(ask), deadlines)


def _cluster(
    options: Mapping[str, Any], deadlines: Deadlines, where: str
) -> AbstractContextManager[Environment]:
    from gwjwt.environments.cluster.environment import ClusterEnvironment  # as above

    return ClusterEnvironment(_shared_cluster(options, deadlines, where, 1), deadlines)


def _shared_cluster(
    options: Mapping[str, Any], deadlines: Deadlines, where: str, tenants: int
) -> AbstractContextManager[KnownCluster]:
    from gwjwt.environments.cluster.known import KnownCluster  # as above
    from gwjwt.environments.cluster.options import read_cluster_options

    del deadlines, tenants
    return KnownCluster(read_cluster_options(options, where))


def _join_cluster(ask: Ask, deadlines: Deadlines) -> AbstractContextManager[Environment]:
    from gwjwt.environments.cluster.environment import ClusterEnvironment  # as above
    from gwjwt.environments.cluster.known import JoinedCluster

    return ClusterEnvironment(nullcontext(JoinedCluster(ask)), deadlines)


@dataclass(frozen=True)
class _Kind:
    start: Start
    share: Callable[[Mapping[str, Any], Deadlines, str, int], AbstractContextManager[Shareable]] | None = None
    """Where one for all test processes is better than one for each."""
    join: Callable[[Ask, Deadlines], AbstractContextManager[Environment]] | None = None
    products: frozenset[str] = frozenset({"Istio"})
    """The gateway products whose kinds are served, by the names that their documents use."""


_KINDS: Mapping[str, _Kind] = {
    "embedded": _Kind(_embedded, products=frozenset({"Istio", "Gloo Mesh"})),
    "local-istio": _Kind(_local_istio, _shared_local_istio, _join_local_istio),
    "cluster": _Kind(_cluster, _shared_cluster, _join_cluster),
}

KINDS = tuple(_KINDS)


def kinds_with(product: str) -> list[str]:
    """The kinds of environments that serve the kinds of a gateway product."""
    return [name for name, kind in _KINDS.items() if product in kind.products]


def start_environment(
    kind: str, options: Mapping[str, Any], deadlines: Deadlines, target_file: Path | None = None
) -> AbstractContextManager[Environment]:
    """The environment of that kind, as a context manager that is not entered yet.

    Raises:
        TargetError: there is no such kind, or it has no such option.
    """
    where = str(target_file or "command line")
    if kind not in _KINDS:
        raise TargetError(where, "environment.kind", f"{kind!r} is unknown", choices=KINDS)
    return _KINDS[kind].start(options, deadlines, where)


def shareable_environment(
    kind: str, options: Mapping[str, Any], deadlines: Deadlines, tenants: int
) -> AbstractContextManager[Shareable] | None:
    """What so many test processes may share of an environment of a kind that is known, not entered yet, or None."""
    share = _KINDS[kind].share
    return share(options, deadlines, "command line", tenants) if share else None


def join_environment(kind: str, ask: Ask, deadlines: Deadlines) -> AbstractContextManager[Environment]:
    """The environment of one test process around what another one shares."""
    join = _KINDS[kind].join
    if join is None:
        raise ValueError(f"{kind} is not shared")
    return join(ask, deadlines)
