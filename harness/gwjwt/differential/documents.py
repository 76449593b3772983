"""The document in which a run keeps what its scenarios saw (``gwjwt run --evidence``), read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]
"""What a scenario showed of one request; see ``gwjwt.traffic.account.as_evidence``."""


_NOT_COMPARED = frozenset({"watched", "step", "looked-again", "judgement", "observation"})
"""The purposes of entries that tell how much and how long, where no two runs have the same, and of those that follow
from the requests or from the features.
"""


@dataclass(frozen=True)
class ScenarioEvidence:
    """What became of one scenario and what it saw, in its order."""

    verdict: str
    reason: str = ""
    entries: Sequence[Entry] = ()


@dataclass(frozen=True)
class RunEvidence:
    """What a run on one environment saw."""

    environment: str
    scenarios: Mapping[str, ScenarioEvidence] = field(default_factory=dict)
    whole: bool = True
    """Whether every selected scenario got its verdict."""
    problems: Sequence[str] = ()
    """What kept it from being whole."""


def read_run(text: str) -> RunEvidence:
    """Read the document.

    Raises:
        ValueError: it is none.
    """
    content = json.loads(text)
    try:
        return RunEvidence(
            environment=content["environment"],
            scenarios={name: _scenario(each) for name, each in content["scenarios"].items()},
            whole=content["whole"],
            problems=tuple(content["problems"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no evidence of a run: {error!r}") from error


def _scenario(content: Mapping[str, Any]) -> ScenarioEvidence:
    comparable = tuple(each for each in content["evidence"] if each.get("purpose") not in _NOT_COMPARED)
    return ScenarioEvidence(content["verdict"], content["reason"], comparable)
