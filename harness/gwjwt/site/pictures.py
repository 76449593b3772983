"""Where a request is stopped on its way, and what is open when: ``features/pictures.yaml``, with the answers of steps.

The file names scenarios and steps, never an answer: what is drawn is what a step says, and changes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.clauses import SpecificationError
from gwjwt.validation import first_problem
from gwjwt.yaml_documents import document, yaml_problem

FILE = "features/pictures.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cited(_Entry):
    """A step of a scenario: the last one whose text holds ``says``."""

    scenario: str
    says: str


class Stop(Cited):
    request: str


class Station(_Entry):
    filter: str
    """As Envoy calls it, without what stands before its last dot."""
    does: str
    stops: tuple[Stop, ...]


class Way(_Entry):
    at: str
    stations: tuple[Station, ...]


class StateRow(_Entry):
    state: str
    cells: tuple[Cited | None, ...]


class States(_Entry):
    requests: tuple[str, ...]
    rows: tuple[StateRow, ...]


class ProfilePictures(_Entry):
    profile: str
    way: Way
    states: States


@dataclass(frozen=True)
class Answer:
    """What a step says that becomes of a request."""

    word: str
    """open, refused, 401, 403, login, authorizer, recorded."""
    kind: str
    """The class of its colour: open, closed, other."""
    scenario: str
    step: str


@dataclass(frozen=True)
class Pictures:
    """Of one profile, with all answers looked up."""

    drawn: ProfilePictures
    answers: Mapping[Cited, Answer]

    def answer(self, cited: Cited) -> Answer:
        return self.answers[cited]


_ANSWERS: tuple[tuple[str, str, str], ...] = (
    (r"is admitted by the authorizer$", "authorizer admits", "other"),
    (r"is approved by the authorizer and refused$", "refused", "closed"),
    (r"gets the authorizer's login redirect$", "login redirect", "other"),
    (r"is admitted$", "open", "open"),
    (r"is refused$", "refused", "closed"),
    (r"gets (\d{3})$", "", "closed"),
    (r"is recorded$", "recorded", "other"),
)
"""How a step ends, the word for it (empty: what the end itself says), and the class of its colour."""


def pictures_of(catalogue: Catalogue) -> dict[str, Pictures]:
    """The pictures by profile; none for a suite that has no such file.

    Raises:
        SpecificationError: the file is not as it has to be, or cites what no scenario says.
    """
    file = catalogue.root / FILE
    if not file.is_file():
        return {}
    drawn = _read(file)
    return {each.profile: _looked_up(file, each, catalogue) for each in drawn}


def _read(file: Path) -> tuple[ProfilePictures, ...]:
    try:
        return _FILE.validate_python(document(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        line, words = yaml_problem(error)
        raise SpecificationError(f"{file}:{line}: {words}") from error
    except ValidationError as error:
        problem = first_problem(error)
        raise SpecificationError(f"{file}: {problem.dotted}: {problem.words}") from error


def _looked_up(file: Path, drawn: ProfilePictures, catalogue: Catalogue) -> Pictures:
    if drawn.profile not in catalogue.profiles:
        raise SpecificationError(
            f"{file}: profile: {drawn.profile} is none of {', '.join(catalogue.profiles)}"
        )
    for row in drawn.states.rows:
        if len(row.cells) != len(drawn.states.requests):
            raise SpecificationError(f"{file}: {drawn.profile}: {row.state}: one cell for each request")
    stops: list[Cited] = [stop for station in drawn.way.stations for stop in station.stops]
    cells = [cell for row in drawn.states.rows for cell in row.cells if cell is not None]
    return Pictures(drawn, {each: _answer(file, drawn.profile, each, catalogue) for each in (*stops, *cells)})


def _answer(file: Path, profile: str, cited: Cited, catalogue: Catalogue) -> Answer:
    scenario = catalogue.by_id.get(cited.scenario)
    if scenario is None or scenario.profile != profile:
        raise SpecificationError(f"{file}: {profile} has no scenario {cited.scenario}")
    step = next((each.text for each in reversed(scenario.steps) if cited.says in each.text), None)
    if step is None:
        raise SpecificationError(f"{file}: no step of {cited.scenario} says {cited.says!r}")
    for ending, word, kind in _ANSWERS:
        found = re.search(ending, step)
        if found is not None:
            return Answer(word or found[1], kind, cited.scenario, step)
    raise SpecificationError(f"{file}: {cited.scenario}: the step {step!r} tells no answer")


_FILE = TypeAdapter(tuple[ProfilePictures, ...])
