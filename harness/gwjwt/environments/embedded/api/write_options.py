"""The parameters of a write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class WriteOptions:
    """The parameters of a write."""

    manager: str = "gwjwt"
    dry_run: bool = False
    strictness: Literal["Strict", "Warn", "Ignore"] = "Warn"
    """What happens to fields that the schema does not know (``fieldValidation``)."""
    warnings: list[str] = field(default_factory=list, compare=False)
    """Filled by the write; a client gets them as Warning headers."""
