"""The evidence judged again: each step that was to be run, each judgement as it was made, and the verdict from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gwjwt.reporting.digests import lines_digest
from gwjwt.reporting.document import Report, ScenarioSection
from gwjwt.reporting.verdict import Verdict
from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.features import Scenario
from gwjwt.traffic.evidence import Exchange
from gwjwt.traffic.judgements import Outcome
from gwjwt.traffic.repetition import JUDGEMENT, Hidden, Unrepeatable, exchange_in, recipes_in, repeat
from gwjwt.verification.refusal import Refusal
from gwjwt.verification.sentences import demand_of
from gwjwt.verification.submission import Line, Submission

_WITHOUT_FAILURE = frozenset({Verdict.PASSED, Verdict.RECORDED})
_VERDICTS = {Outcome.VIOLATED: Verdict.FAILED, Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE}


@dataclass
class Tally:
    """What could be made to follow from the evidence, and what had to be taken from the run."""

    judgements: int = 0
    """Made again, with the same outcome."""
    hidden: int = 0
    """Not made again: they compare what the evidence may not show."""
    steps_repeated: int = 0
    """Outcome steps (Then) that were judged by what was made again."""
    steps_taken: int = 0
    """Outcome steps that rest on what only the run saw: resources, status, logs, key sets, measurements."""
    verdicts_taken: list[str] = field(default_factory=list)
    """Scenarios whose verdict against the implementation comes from such a step."""


def judged_again(
    submission: Submission, report: Report, catalogue: Catalogue, tally: Tally
) -> Iterator[Refusal]:
    """What in the evidence does not fit the report, the features, or itself."""
    sections = {section.id: section for section in report.scenarios}
    for name, lines in submission.lines.items():
        if name not in sections:
            yield Refusal(
                f"{submission.evidence}:{lines[0].number}", "", "the report has no such scenario", name
            )
    for section in report.scenarios:
        lines = submission.lines.get(section.id, [])
        yield from _unchanged(submission, section, lines)
        if section.id in catalogue.by_id:
            yield from _Scenario(submission, section, catalogue.by_id[section.id], lines, tally).refusals()


def _unchanged(submission: Submission, section: ScenarioSection, lines: Sequence[Line]) -> Iterator[Refusal]:
    file = str(submission.evidence)
    if len(lines) != section.evidence.entries:
        reason = f"the run kept {section.evidence.entries} entries, here are {len(lines)}"
        yield Refusal(file, "", reason, section.id)
    elif lines_digest(line.text for line in lines) != section.evidence.digest:
        yield Refusal(file, "", "an entry was changed: the digest in the report is another", section.id)


@dataclass
class _Step:
    text: str
    line: Line
    judgements: list[Line] = field(default_factory=list)


class _Scenario:
    """One scenario's evidence."""

    def __init__(
        self,
        submission: Submission,
        section: ScenarioSection,
        scenario: Scenario,
        lines: Sequence[Line],
        tally: Tally,
    ) -> None:
        self._file, self._section, self._scenario = submission.evidence, section, scenario
        self._lines, self._tally = lines, tally
        self._report = submission.file
        self._steps: list[_Step] = []
        self._recipes: dict[str, list[str]] = {}
        self._outcomes: list[Outcome] = []

    def refusals(self) -> Iterator[Refusal]:
        yield from self._read()
        yield from self._require_steps()
        yield from self._require_demands()
        yield from self._require_verdict()

    def _read(self) -> Iterator[Refusal]:
        exchanges: dict[str, Exchange] = {}
        for number, line in enumerate(self._lines, start=1):
            if line.entry["entry"] != number:
                yield self._refused(line, "entry", f"is {line.entry['entry']}, but comes as number {number}")
            if line.entry.get("purpose") == "step":
                self._steps.append(_Step(str(line.entry.get("step")).partition(" ")[2], line))
            elif line.entry.get("purpose") == JUDGEMENT:
                yield from self._repeat(line, exchanges)
            elif "nonce" in line.entry:
                nonce = str(line.entry["nonce"])
                try:
                    exchanges[nonce], self._recipes[nonce] = exchange_in(line.entry), recipes_in(line.entry)
                except Unrepeatable as error:
                    yield self._refused(line, "", str(error))

    def _repeat(self, line: Line, exchanges: dict[str, Exchange]) -> Iterator[Refusal]:
        try:
            found = repeat(line.entry, exchanges)
        except Hidden:
            self._tally.hidden += 1
            return
        except Unrepeatable as error:
            yield self._refused(line, "", str(error))
            return
        self._outcomes.append(found)
        if self._steps:
            self._steps[-1].judgements.append(line)
        if found.value == line.entry.get("outcome"):
            self._tally.judgements += 1
        else:
            reason = (
                f"is {line.entry.get('outcome')!r}, but {line.entry['function']} finds {found.value!r} here"
            )
            yield self._refused(line, "outcome", reason)

    def _require_steps(self) -> Iterator[Refusal]:
        """Those of the feature, in its order; a scenario that passed has run them all."""
        wanted = [(step.text, step.line) for step in self._scenario.steps]
        found = [(step.text, step.line.entry.get("line")) for step in self._steps]
        whole = self._section.verdict in _WITHOUT_FAILURE
        if found != (wanted if whole else wanted[: len(found)]):
            place = next(
                (
                    step.line
                    for step, this, that in zip(self._steps, found, wanted, strict=False)
                    if this != that
                ),
                self._lines[-1] if self._lines else None,
            )
            yield self._refused(place, "step", "the steps are not those of the feature, whole and in order")

    def _require_demands(self) -> Iterator[Refusal]:
        """Each step was judged as its sentence says, if it came to its end."""
        if self._section.verdict not in _WITHOUT_FAILURE:
            return
        for step, stated in zip(self._steps, self._scenario.steps, strict=False):
            if stated.kind == "then":
                repeated = bool(step.judgements)
                self._tally.steps_repeated += repeated
                self._tally.steps_taken += not repeated
            demand = demand_of(stated.text)
            if demand is not None and not any(
                demand.met_by(line.entry, self._recipes_of(line)) for line in step.judgements
            ):
                reason = f"nothing under {stated.text!r} was judged as it says, by {demand.function}"
                yield self._refused(step.line, "step", reason)

    def _recipes_of(self, judgement: Line) -> list[str]:
        """The kinds of the tokens of the request that it is about."""
        match judgement.entry["arguments"]:
            case {"exchange": {"nonce": str(nonce)}}:
                return self._recipes[nonce]
            case _:
                return []

    def _require_verdict(self) -> Iterator[Refusal]:
        verdict = self._section.verdict
        against = [_VERDICTS[found] for found in self._outcomes if found is not Outcome.HOLDS]
        observed = any(line.entry.get("purpose") == "observation" for line in self._lines)
        if against and verdict not in against:
            yield self._verdict_refused(f"the evidence shows {' and '.join(dict.fromkeys(against))}")
        elif verdict is Verdict.PASSED and observed:
            yield self._verdict_refused(
                f"the evidence shows {Verdict.RECORDED}: something is told, not judged"
            )
        elif verdict is Verdict.RECORDED and not observed:
            yield self._verdict_refused("the evidence has no observation")
        elif verdict in _VERDICTS.values() and not against:
            self._tally.verdicts_taken.append(self._section.id)

    def _verdict_refused(self, follows: str) -> Refusal:
        return Refusal(
            str(self._report), "verdict", f"is {self._section.verdict}, but {follows}", self._section.id
        )

    def _refused(self, line: Line | None, key: str, reason: str) -> Refusal:
        place = f"{self._file}:{line.number}" if line else str(self._file)
        return Refusal(place, key, reason, self._section.id)
