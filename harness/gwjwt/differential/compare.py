"""Two runs compared: scenario by scenario, and within one request by request, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gwjwt.differential.documents import RunEvidence, ScenarioEvidence
from gwjwt.differential.known import KNOWN, KnownDifference
from gwjwt.differential.parts import Parts, parts_of_all, title

Values = tuple[str, ...]

NOT_RUN = "not run"


@dataclass(frozen=True)
class Difference:
    """One thing that the two runs do not agree on."""

    scenario: str
    request: str
    """Number and text of the request; empty for what concerns the scenario as a whole."""
    what: str
    left: Values
    right: Values


@dataclass(frozen=True)
class Comparison:
    """What came out. The order is that of the left run."""

    environments: tuple[str, str]
    scenarios: int = 0
    requests: int = 0
    """Those that both runs sent."""
    differences: tuple[Difference, ...] = ()
    known: Counter[KnownDifference] = field(default_factory=Counter)

    @property
    def agree(self) -> bool:
        return not self.differences


def compare(left: RunEvidence, right: RunEvidence, known: Sequence[KnownDifference] = KNOWN) -> Comparison:
    """Compare everything that both runs recorded; what is known to differ is counted, not reported."""
    comparing = _Comparing((left.environment, right.environment), known)
    names = list(dict.fromkeys([*left.scenarios, *right.scenarios]))
    differences: list[Difference] = []
    for name in names:
        differences += comparing.scenario(name, left.scenarios.get(name), right.scenarios.get(name))
    return Comparison(
        comparing.environments, len(names), comparing.requests, tuple(differences), comparing.known
    )


_PROOFS = {"client": "client status", "backend": "backend", "authorizer": "authorizer"}
"""By side, the part without which the side has seen nothing of a request."""


class _Comparing:
    def __init__(self, environments: tuple[str, str], known: Sequence[KnownDifference]) -> None:
        self.environments = environments
        self.requests = 0
        self.known: Counter[KnownDifference] = Counter(dict.fromkeys(known, 0))

    def scenario(
        self, name: str, left: ScenarioEvidence | None, right: ScenarioEvidence | None
    ) -> Iterator[Difference]:
        if left is None or right is None:
            yield Difference(name, "", "verdict", _outcome(left), _outcome(right))
            return
        if left.verdict != right.verdict:
            yield Difference(name, "", "verdict", _outcome(left), _outcome(right))
        lefts, rights = parts_of_all(left.entries), parts_of_all(right.entries)
        if len(lefts) != len(rights):
            yield Difference(name, "", "number of requests", (str(len(lefts)),), (str(len(rights)),))
        for number, (one, other) in enumerate(zip(lefts, rights, strict=False), start=1):
            self.requests += 1
            text = f"request {number}{title(one)}"
            for what in _differing(one, other):
                values = one.get(what, ()), other.get(what, ())
                if not self._is_known(what, *values):
                    yield Difference(name, text, what, *values)

    def _is_known(self, what: str, left: Values, right: Values) -> bool:
        one, other = self.environments
        explained = next(
            (each for each in self.known if each.explains(what, (one, left), (other, right))), None
        )
        if explained is None:
            return False
        self.known[explained] += 1
        return True


def _differing(left: Parts, right: Parts) -> list[str]:
    """The names of the parts that differ; headers of what one side has not seen at all are left out."""
    found = [name for name in dict.fromkeys([*left, *right]) if left.get(name, ()) != right.get(name, ())]
    lost = [
        f"{who} header "
        for who, proof in _PROOFS.items()
        if proof in found and not (left.get(proof) and right.get(proof))
    ]
    return [name for name in found if not name.startswith(tuple(lost))]


def _outcome(scenario: ScenarioEvidence | None) -> Values:
    if scenario is None:
        return (NOT_RUN,)
    reason = scenario.reason.splitlines()[:2]
    return (scenario.verdict, *(line.strip() for line in reason))
