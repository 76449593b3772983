"""The kinds of environments, by the name that a target file uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from gwjwt.errors import TargetError
from gwjwt.waiting import Deadlines

if TYPE_CHECKING:  # loads HTTP servers and clients, which "gwjwt list" has no use for
    from gwjwt.environments.protocol import Environment

Start = Callable[[Mapping[str, Any], Deadlines], "AbstractContextManager[Environment]"]


def _embedded(options: Mapping[str, Any], deadlines: Deadlines) -> AbstractContextManager[Environment]:
    from gwjwt.environments.embedded.environment import EmbeddedEnvironment  # noqa: PLC0415  # loads gRPC and aiohttp

    for key in options:
        raise TargetError("target", f"environment.{key}", "the embedded environment has no options")
    return EmbeddedEnvironment(deadlines)


def _local_istio(options: Mapping[str, Any], deadlines: Deadlines) -> AbstractContextManager[Environment]:
    from gwjwt.environments.local_istio.environment import LocalIstioEnvironment  # noqa: PLC0415  # as above
    from gwjwt.environments.local_istio.options import read_local_istio_options  # noqa: PLC0415

    return LocalIstioEnvironment(read_local_istio_options(options), deadlines)


_STARTS: Mapping[str, Start] = {"embedded": _embedded, "local-istio": _local_istio}

KINDS = tuple(_STARTS)


def start_environment(
    kind: str, options: Mapping[str, Any], deadlines: Deadlines
) -> AbstractContextManager[Environment]:
    """The environment of that kind, as a context manager that is not entered yet.

    Raises:
        TargetError: there is no such kind, or it has no such option.
    """
    if kind not in _STARTS:
        raise TargetError("target", "environment.kind", f"unknown environment {kind!r}", choices=KINDS)
    return _STARTS[kind](options, deadlines)
