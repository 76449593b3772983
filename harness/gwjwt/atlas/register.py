"""The rows of the atlas: ``features/token-atlas.yaml``, read and checked.

A topic is what one gateway is set up for; its rows are what is sent to it. A row that a document speaks of has an
expectation and the clauses that state it; what becomes of the others is recorded beside the word of the RFC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gwjwt.errors import UsageError
from gwjwt.validation import first_problem
from gwjwt.yaml_documents import document, yaml_problem

FILE = "features/token-atlas.yaml"

Expectation = Literal["admitted", "refused"]
Word = Literal["accept", "refuse", "open"]
"""What the RFC has a verifier do; ``open``: it leaves it to the verifier, or says nothing."""

PLACEHOLDER = re.compile(r"<([a-z][a-z0-9-]*)>")
"""In what is sent: ``<token>`` is the row's own token, any other name that of a recipe."""

_Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Header = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+:")]


class AtlasError(UsageError):
    """The register cannot be read: names the file and the place in it."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(_Entry):
    """A key that the issuer publishes beside its own."""

    name: str
    algorithm: str
    bits: int = 2048
    published_as: Mapping[str, str | None] = {}
    """Members of its JWK that are others than usual; ``{kid}`` in a value is the ``kid`` of the issuer's own key."""


class TokenWanted(_Entry):
    """The row's token: by recipe, or a valid one that says something else."""

    recipe: str = "valid"
    key: str | None = None
    """The name of the published key that signs it, and that its header names."""
    header: Mapping[str, Any] = {}
    claims: Mapping[str, Any] = {}
    """Instead of or beside the usual ones; None leaves one out.

    ``{iss}`` in a text is the issuer's own; ``now``, ``now+60`` and ``now-60`` are times in seconds; ``{long:1000}`` is
    a text of that many characters.
    """


class Row(_Entry):
    """One thing to send."""

    name: _Name
    what: str
    source: str
    """The RFC and its section, or the advisory, that speaks of it."""
    says: Word
    token: TokenWanted = TokenWanted()
    headers: tuple[_Header, ...] = ("Authorization: Bearer <token>",)
    query: tuple[str, ...] = ()
    """Parameters, as ``name=value``."""
    expect: Expectation | None = None
    clauses: Mapping[str, tuple[str, ...]] = {}
    """By profile: which clauses of it state what is expected."""

    @model_validator(mode="after")
    def _expects_with_a_source(self) -> Self:
        if (self.expect is None) != (not self.clauses):
            raise ValueError(f"{self.name}: an expectation needs clauses, and clauses an expectation")
        return self

    def expectation(self, profile: str) -> Expectation | None:
        """What a document of this profile has a gateway do; None: it is silent."""
        return self.expect if self.clauses.get(profile) else None


class Rule(_Entry):
    """What the gateway is told about the issuer, beside who it is and where its keys are."""

    audiences: tuple[str, ...] | None = None
    claim_to_headers: Mapping[str, str] = {"x-user": "sub"}
    """Claims by header."""


class Topic(_Entry):
    """What one gateway is set up for, and what is sent to it."""

    topic: _Name
    about: str
    rule: Rule = Rule()
    also_trusted: bool = False
    """Whether a second issuer is trusted too."""
    rotation: Literal["kept", "dropped"] | None = None
    """Whether the issuer has changed its key before, and still publishes the old one."""
    keys: tuple[Key, ...] = ()
    rows: tuple[Row, ...] = Field(min_length=1)

    def clauses(self, profile: str) -> frozenset[str]:
        """All that its rows cite of this profile."""
        return frozenset(clause for row in self.rows for clause in row.clauses.get(profile, ()))


class LeftOut(_Entry):
    """What belongs into the atlas and is not sent."""

    what: str
    because: str


class Atlas(_Entry):
    """All of it."""

    topics: tuple[Topic, ...]
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _names_stand_once(self) -> Self:
        for kind, names in (("topic", [each.topic for each in self.topics]), ("row", [*self._row_names()])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {kind} {twice[0]} stands there twice")
        return self

    def topic(self, name: str) -> Topic:
        """The topic of that name.

        Raises:
            UsageError: there is none.
        """
        for each in self.topics:
            if each.topic == name:
                return each
        raise UsageError(
            f"unknown topic of the token atlas {name!r} (valid: {', '.join(each.topic for each in self.topics)})"
        )

    def _row_names(self) -> Iterator[str]:
        return (row.name for each in self.topics for row in each.rows)


_ATLAS = TypeAdapter(Atlas)


def load_atlas(root: Path) -> Atlas:
    """Read the register of the suite at ``root``.

    Raises:
        AtlasError: it is missing or is not as it has to be.
    """
    file = root / FILE
    try:
        content = document(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise AtlasError(f"{file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        line, words = yaml_problem(error)
        raise AtlasError(f"{file}:{line}: {words}") from error
    try:
        return _ATLAS.validate_python(content)
    except ValidationError as error:
        problem = first_problem(error)
        raise AtlasError(f"{file}: {problem.dotted}: {problem.words}") from error
