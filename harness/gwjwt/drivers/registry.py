"""Finding drivers: whatever any installed package offers in the entry-point group ``gwjwt.drivers``."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gwjwt.drivers.options import file_name
from gwjwt.drivers.protocol import Driver
from gwjwt.errors import TargetError

GROUP = "gwjwt.drivers"


def driver_names() -> list[str]:
    """The names of all drivers that are installed."""
    return sorted({entry.name for entry in importlib.metadata.entry_points(group=GROUP)})


def make_driver(name: str, options: Mapping[str, Any], target_file: Path | None) -> Driver:
    """The driver of this name, made with these options by its class method ``from_options``.

    Raises:
        TargetError: there is no such driver, it cannot be imported, or it does not take an option.
    """
    where = file_name(target_file)
    found = list(importlib.metadata.entry_points(group=GROUP, name=name))
    if not found:
        raise TargetError(where, "driver.name", f"there is no driver {name!r}", driver_names())
    entry = found[0]
    try:
        factory = entry.load()
    except (
        Exception
    ) as error:  # whatever a stranger's module raises, the user has a driver that does not load
        cause = " ".join(str(error).split())
        problem = f"the driver {name!r} ({entry.value}) cannot be imported: {type(error).__name__}: {cause}"
        raise TargetError(where, "driver.name", problem) from error
    from_options = getattr(factory, "from_options", None)
    if from_options is None:
        raise TargetError(where, "driver.name", f"{entry.value} is no driver: it has no from_options")
    driver: Driver = from_options(options, target_file)
    return driver
