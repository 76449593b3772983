"""How a scenario is called on a page: its id taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Name:
    """``PROFILE/TOPIC/SLUG[CASE]``. The topic is the feature file."""

    profile: str
    topic: str
    slug: str
    case: str

    @property
    def topic_of_profile(self) -> str:
        return f"{self.profile}/{self.topic}"


def name_of(scenario: Mapping[str, Any]) -> Name:
    """The parts of a scenario's id. What has no topic of its own is in that of its profile."""
    outline, bracket, case = str(scenario["id"]).partition("[")
    place, _, slug = outline.rpartition("/")
    topic = place.removeprefix(str(scenario["profile"])).strip("/")
    return Name(
        str(scenario["profile"]),
        topic or str(scenario["profile"]),
        slug,
        case.removesuffix("]") if bracket else "",
    )
