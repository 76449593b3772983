"""The sentences that features are made of, each with its place on the site and where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gwjwt.site.paths import sentences_page
from gwjwt.specification.features import Scenario, Step, slug
from gwjwt.specification.vocabulary import StepDefinition


@dataclass(frozen=True)
class Sentence:
    """One step definition of the vocabulary."""

    kind: str
    """given, when, then; empty for one that serves them all."""
    pattern: str
    topic: str
    """The module that it stands in."""
    place: str
    """Where it is on the site."""


@dataclass(frozen=True)
class Vocabulary:
    """All sentences, and which of them each step is."""

    sentences: tuple[Sentence, ...]
    of_step: Mapping[tuple[str, str], Sentence]
    """By kind and text of the step, with the row's values."""
    used_in: Mapping[Sentence, tuple[Scenario, ...]]

    @property
    def topics(self) -> dict[str, list[Sentence]]:
        found: dict[str, list[Sentence]] = {}
        for each in self.sentences:
            found.setdefault(each.topic, []).append(each)
        return found

    def sentence(self, step: Step) -> Sentence | None:
        return self.of_step.get((step.kind, step.text))


def vocabulary_of(definitions: Iterable[StepDefinition], scenarios: Iterable[Scenario]) -> Vocabulary:
    """Match the steps of all scenarios with the sentences; a step that none matches has none."""
    known = {id(definition): _sentence(definition) for definition in definitions}
    listed = [(definition, known[id(definition)]) for definition in definitions]
    of_step: dict[tuple[str, str], Sentence] = {}
    used: dict[Sentence, dict[str, Scenario]] = {sentence: {} for sentence in known.values()}
    for scenario in scenarios:
        for step in scenario.steps:
            key = (step.kind, step.text)
            if key not in of_step:
                matching = next((found for each, found in listed if each.matches(*key)), None)
                if matching is None:
                    continue
                of_step[key] = matching
            used[of_step[key]].setdefault(scenario.id, scenario)
    return Vocabulary(
        tuple(known.values()), of_step, {each: tuple(found.values()) for each, found in used.items()}
    )


def _sentence(definition: StepDefinition) -> Sentence:
    kind, topic = definition.kind or "", definition.file.stem
    place = f"{sentences_page(topic)}#{slug(f'{kind} {definition.pattern}')}"
    return Sentence(kind, definition.pattern, topic, place)
