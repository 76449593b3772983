"""What a scenario does and sees, step by step, as entries of JSON without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gwjwt.reporting.redacted import redacted
from gwjwt.traffic.account import as_evidence
from gwjwt.traffic.evidence import Exchange
from gwjwt.traffic.judgements import Judgement
from gwjwt.traffic.repetition import as_entry


class EvidenceLog:
    """What a scenario saw, in its order. Ends up in the report of the run.

    The ``purpose`` of an entry says what it is: ``step`` (the step that begins), ``judged`` and ``paired`` (requests),
    ``looked-again`` (what more was known of one when it was judged), ``judgement``, ``observation`` (what is recorded
    without a judgement), ``watched`` (measurements), ``atlas`` (what became of a row of the token atlas).
    """

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.observation: str | None = None
        self.complaints: list[str] = []
        self._known: dict[str, tuple[int, int]] = {}

    def append(self, entry: Mapping[str, Any]) -> None:
        """Keep a JSON-able entry as it is now, any secret in it taken out.

        Raises:
            TypeError: it is not JSON-able.
        """
        kept = redacted(json.loads(json.dumps(entry)))
        self.entries.append(kept)
        if "nonce" in kept:
            self._known[kept["nonce"]] = len(kept["backends"]), len(kept["authorizer"])

    def complain(self, line: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry that the implementation itself has to tell; the line is told with the reason of a failure."""
        self.append(entry)
        self.complaints.append(line)

    def record_only(self, observation: str) -> None:
        """Make this a scenario that tells what is there and judges nothing: ``recorded`` (decision D17)."""
        self.observation = observation
        self.append({"purpose": "observation", "text": observation})

    def reached(self, step: str, line: int, since: float) -> None:
        """Keep that a step begins, so many seconds after the scenario; all until the next one is of this step."""
        self.append({"purpose": "step", "step": step, "line": line, "atMilliseconds": round(since * 1000, 1)})

    def judged(self, made: Judgement) -> None:
        """Keep a judgement, after what is known of its exchanges since they were kept."""
        for value in made.arguments.values():
            if isinstance(value, Exchange):
                seen = len(value.received), len(value.consulted)
                if self._known.get(value.nonce) != seen:
                    self.append({"purpose": "looked-again", **as_evidence(value)})
        self.append(as_entry(made))
