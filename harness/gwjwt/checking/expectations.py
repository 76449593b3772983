"""A file of findings that are accepted, each with the reason; everything else has to be in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gwjwt.checking.findings import Finding, Kind
from gwjwt.checking.policies import matches
from gwjwt.errors import TargetError
from gwjwt.validation import first_problem
from gwjwt.yaml_documents import document, yaml_problem


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(_Strict):
    """One entry of the file."""

    finding: Kind
    gateway: str | None = None
    """``namespace/name``; without it any."""
    hostname: str | None = None
    path: str | None = None
    """A pattern as in an AuthorizationPolicy: ``/status``, ``/public/*``."""
    reason: Annotated[str, Field(min_length=1)]
    expires: date | None = None
    """The last day on which it is expected."""

    def names(self, finding: Finding) -> bool:
        """Whether it speaks of this finding."""
        entry = finding.entry
        gateways = {f"{each.namespace}/{each.name}" for each in entry.proxy.gateways}
        return (
            self.finding == finding.kind
            and (self.gateway is None or self.gateway in gateways)
            and self.hostname in (None, entry.hostname)
            and (self.path is None or matches(self.path, entry.path))
        )


class _File(_Strict):
    apiVersion: Literal["gwjwt.dev/v1alpha1"]  # noqa: N815  # as in every Kubernetes-style file
    kind: Literal["CheckExpectations"]
    expected: tuple[Expectation, ...]


@dataclass(frozen=True)
class Expectations:
    """The file, read and found whole; without one, nothing is expected."""

    file: Path | None = None
    expected: tuple[Expectation, ...] = ()

    def unexpected(self, findings: Sequence[Finding], today: date) -> list[Finding]:
        """The findings that no entry accepts which has not expired."""
        valid = [each for each in self.expected if each.expires is None or each.expires >= today]
        return [finding for finding in findings if not any(each.names(finding) for each in valid)]

    def objections(self, findings: Sequence[Finding], today: date) -> list[str]:
        """Entries that have expired, or that nothing was found for. One line each."""
        found = []
        for index, each in enumerate(self.expected):
            where = f"{self.file}: expected[{index}]"
            if each.expires is not None and each.expires < today:
                found.append(f"{where}.expires: expired on {each.expires}: {each.reason}")
            elif not any(each.names(finding) for finding in findings):
                found.append(f"{where}: expects {each.finding}, which was not found: remove the entry")
        return found


def read_expectations(file: Path) -> Expectations:
    """Read the file.

    Raises:
        TargetError: it cannot be read, or a key is wrong.
    """
    try:
        content = document(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(file, "file", (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise TargetError(file, "file", "is not UTF-8") from error
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        raise TargetError(f"{file}:{line}", "YAML", problem) from error
    try:
        read = _File.model_validate(content)
    except ValidationError as error:
        first = first_problem(error)
        raise TargetError(file, first.dotted, first.words, first.choices) from error
    return Expectations(file, read.expected)
