"""The ``environment`` section of a target file for ``kind: local-istio``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE, RELEASES
from gwjwt.errors import TargetError


class LocalIstioOptions(BaseModel):
    """How the environment is put together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assets: Path | None = None
    """A folder with the programs; None: where ``find_assets`` looks."""
    version: str = DEFAULT_RELEASE
    """A release of Istio."""
    debounce: Annotated[str, Field(pattern=r"^[1-9][0-9]*(ms|s)$")] = "10ms"
    """How long istiod gathers changes before it acts (PILOT_DEBOUNCE_AFTER); Istio's own default is 100ms."""


def read_local_istio_options(options: Mapping[str, Any], where: str) -> LocalIstioOptions:
    """The options, checked; ``where`` is the file that they stand in.

    Raises:
        TargetError: an unknown key, a wrong value or a release that is not known.
    """
    try:
        read = LocalIstioOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = f"environment.{'.'.join(map(str, first['loc']))}"
        if first["type"] == "extra_forbidden":
            raise TargetError(where, key, "unknown key", LocalIstioOptions.model_fields) from error
        raise TargetError(where, key, f"{first['msg']}, but is {first['input']!r}") from error
    if read.version not in RELEASES:
        raise TargetError(where, "environment.version", f"unknown release {read.version!r}", RELEASES)
    return read
