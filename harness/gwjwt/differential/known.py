"""Differences between two environments that are understood, and say nothing about a gateway."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A part of an exchange that may differ."""

    part: str
    """As ``Difference.part`` names it."""
    why: str


KNOWN = (
    Known(
        "header server of the answer",
        "local-istio marks its configurations there, to know when one is live; without the mark both say istio-envoy",
    ),
)
