"""What the features' own sentences demand: with which function a step has to judge, and requests with which token.

So it is not the evidence that says what was expected of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_FUNCTIONS: Sequence[tuple[str, str]] = (
    (r"a (?:[A-Z]+ )?request .* is admitted", "require_admitted"),
    (r"a (?:[A-Z]+ )?request .* is admitted by the authorizer", "require_admitted"),
    (r"a (?:[A-Z]+ )?request .* is (?:approved by the authorizer and )?refused", "require_refused"),
    (r"a (?:[A-Z]+ )?request .* gets (?P<status>[0-9]{3})", "require_refused"),
    (r"a request .* gets the authorizer's login redirect", "require_login_redirect"),
    (r"a request .* is kept out, whoever answers", "require_kept_out"),
    (r"a request .* reaches no workload", "require_no_arrival"),
    (r"a request .* finds no route", "require_no_route"),
    (r"a direct call .* is admitted", "require_admitted"),
    (r"a direct call .* gets (?P<status>[0-9]{3})", "require_refused"),
    (r"the client is told \"[^\"]*\"", "require_body"),
)
_COMPILED = [(re.compile(pattern), function) for pattern, function in _FUNCTIONS]
_TOKENS = re.compile(r"(?:with|and) an? ([a-z0-9-]+) token of")


@dataclass(frozen=True)
class Demand:
    """What a step's judgement has to be."""

    function: str
    status: int | None
    recipes: tuple[str, ...] | None
    """The kinds of the tokens that the judged request presents; None: the sentence does not say."""

    def met_by(self, judgement: Mapping[str, Any], recipes: Sequence[str]) -> bool:
        """Whether a judgement in the evidence, about a request with such tokens, is of that kind."""
        if judgement["function"] != self.function:
            return False
        statuses = judgement["arguments"].get("statuses")
        if self.status is not None and statuses != {"statuses": [self.status]}:
            return False
        return self.recipes is None or sorted(recipes) == sorted(self.recipes)


def demand_of(sentence: str) -> Demand | None:
    """What a sentence demands; None if it is about something that cannot be judged again."""
    for pattern, function in _COMPILED:
        if found := pattern.fullmatch(sentence):
            status = found.groupdict().get("status")
            return Demand(function, int(status) if status else None, _recipes(sentence))
    return None


def _recipes(sentence: str) -> tuple[str, ...] | None:
    recipes = tuple(_TOKENS.findall(sentence))
    return recipes if recipes or "with no token" in sentence else None
