"""The ``driver`` section of a target file for ``name: controller``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

import gwjwt.reference
from gwjwt.drivers.manifests import DEFAULT_PROFILES
from gwjwt.drivers.options import Options, file_name, read_options
from gwjwt.errors import TargetError
from gwjwt.reference.faults import UnknownFault, named
from gwjwt.reference.resources import API_VERSION


class Condition(Options):
    """What an object's status says once the controller has acted on it."""

    api_version: str
    kind: str
    type: str
    status: str = "True"
    observed_generation: bool = True
    """Whether the condition, or the status, tells the generation that it speaks of; without it, waiting is a guess."""


class ControllerOptions(Options):
    """Either ``implementation: reference``, or templates and conditions of a controller that runs or is started."""

    implementation: Literal["reference"] | None = None
    fault: str | None = None
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    definitions: tuple[Path, ...] = ()
    templates: Path | None = None
    conditions: tuple[Condition, ...] = ()
    profiles: frozenset[str] = DEFAULT_PROFILES
    features: frozenset[str] = frozenset()


REFERENCE_TEMPLATES = Path(gwjwt.reference.__path__[0]) / "templates"
_REFERENCE_CONDITIONS = tuple(
    Condition(api_version=API_VERSION, kind=kind, type="Ready") for kind in ("JWTRelation", "ForwardAuth")
)
_OF_A_VENDOR = ("command", "definitions", "templates", "conditions")


def read_controller_options(options: Mapping[str, Any], target_file: Path | None) -> ControllerOptions:
    """The options, checked and complete; nothing given at all means the reference.

    Raises:
        TargetError: an unknown key or fault, keys that do not go together, or templates without conditions.
    """
    read = read_options(ControllerOptions, options, target_file)
    where = file_name(target_file)
    if read.implementation is None and read.templates is not None:
        if read.fault is not None:
            raise TargetError(
                where, "driver.fault", "only the reference has faults: implementation: reference"
            )
        if not read.conditions:
            raise TargetError(
                where, "driver.conditions", "is missing: nothing would say when the controller has acted"
            )
        return read
    for key in _OF_A_VENDOR:
        if getattr(read, key):
            problem = "is for a vendor's controller, with templates and without implementation"
            raise TargetError(where, f"driver.{key}", problem)
    if read.fault is not None:
        try:
            named(read.fault)
        except UnknownFault as unknown:
            raise TargetError(
                where, "driver.fault", f"{read.fault!r} is unknown", unknown.choices
            ) from unknown
    return read.model_copy(update={"implementation": "reference", "conditions": _REFERENCE_CONDITIONS})
