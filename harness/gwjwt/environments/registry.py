"""The kinds of environments, by the name that a target file uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gwjwt.errors import TargetError
from gwjwt.waiting import Deadlines

if TYPE_CHECKING:  # loads HTTP servers and clients, which "gwjwt list" has no use for
    from gwjwt.environments.protocol import Environment

Start = Callable[[Mapping[str, Any], Deadlines, str], "AbstractContextManager[Environment]"]


def _embedded(
    options: Mapping[str, Any], deadlines: Deadlines, where: str
) -> AbstractContextManager[Environment]:
    from gwjwt.environments.embedded.environment import EmbeddedEnvironment  # loads gRPC and aiohttp

    for key in options:
        raise TargetError(where, f"environment.{key}", "unknown key", choices=["kind"])
    return EmbeddedEnvironment(deadlines)


def _local_istio(
    options: Mapping[str, Any], deadlines: Deadlines, where: str
) -> AbstractContextManager[Environment]:
    from gwjwt.environments.local_istio.environment import LocalIstioEnvironment  # as above
    from gwjwt.environments.local_istio.options import read_local_istio_options

    return LocalIstioEnvironment(read_local_istio_options(options, where), deadlines)


_STARTS: Mapping[str, Start] = {"embedded": _embedded, "local-istio": _local_istio}

KINDS = tuple(_STARTS)


def start_environment(
    kind: str, options: Mapping[str, Any], deadlines: Deadlines, target_file: Path | None = None
) -> AbstractContextManager[Environment]:
    """The environment of that kind, as a context manager that is not entered yet.

    Raises:
        TargetError: there is no such kind, or it has no such option.
    """
    where = str(target_file or "command line")
    if kind not in _STARTS:
        raise TargetError(where, "environment.kind", f"{kind!r} is unknown", choices=KINDS)
    return _STARTS[kind](options, deadlines, where)
