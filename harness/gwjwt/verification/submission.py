"""A report and its evidence as they were handed in."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gwjwt.errors import UsageError
from gwjwt.reporting.conformance import KIND
from gwjwt.reporting.document import Report
from gwjwt.validation import first_problem
from gwjwt.verification.refusal import Refusal
from gwjwt.yaml_documents import document, yaml_problem

EVIDENCE = "evidence.jsonl"
COMPRESSED = f"{EVIDENCE}.xz"
"""The same lines, as published reports have them."""

_LONGEST = 256 * 1024 * 1024
"""Bytes of evidence that are read at most; a whole run has some millions."""
_REPORTS = ("report.yaml", "report.json")


@dataclass(frozen=True)
class Line:
    """A line of evidence.jsonl: its place, its text without the line break, and what it says."""

    number: int
    text: str
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Submission:
    """What is to be verified. ``report`` is None if it does not have the keys of a report."""

    file: Path
    content: Mapping[str, Any]
    report: Report | None
    lines: Mapping[str, list[Line]] = field(default_factory=dict)
    """By scenario, in the order of the file."""
    refusals: tuple[Refusal, ...] = ()
    """What is wrong with the files themselves."""

    @property
    def evidence(self) -> Path:
        """The file that the lines are from."""
        plain, compressed = self.file.with_name(EVIDENCE), self.file.with_name(COMPRESSED)
        return compressed if compressed.is_file() and not plain.is_file() else plain


def read_submission(path: Path) -> Submission:
    """Read a report and the evidence beside it; of a folder, both forms of the report.

    Raises:
        UsageError: there is no report, or it is none at all.
    """
    files = [path / name for name in _REPORTS if (path / name).is_file()] if path.is_dir() else [path]
    if not files:
        raise UsageError(
            f"{path}: there is no {' and no '.join(_REPORTS)}; `gwjwt run --report-dir` makes them"
        )
    contents = [_content(file) for file in files]
    refusals = [
        Refusal(str(file), "", f"says something else than {files[0].name}")
        for file, content in zip(files, contents, strict=True)
        if content != contents[0]
    ]
    report = None
    try:
        report = Report.model_validate(contents[0])
    except ValidationError as error:
        problem = first_problem(error)
        refusals.append(Refusal(str(files[0]), problem.dotted, problem.words))
    lines: dict[str, list[Line]] = {}
    for found in _lines(files[0].parent):
        if isinstance(found, Refusal):
            refusals.append(found)
        else:
            lines.setdefault(str(found.entry["scenario"]), []).append(found)
    return Submission(files[0], contents[0], report, lines, tuple(refusals))


def _content(file: Path) -> Mapping[str, Any]:
    text = _text(file)
    try:
        content = json.loads(text) if file.suffix == ".json" else document(text)
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        raise UsageError(f"{file}:{line}: {problem}") from error
    except ValueError as error:
        raise UsageError(f"{file}: is not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise UsageError(f"{file}: kind: is no {KIND}")
    return content


def _lines(folder: Path) -> Iterator[Line | Refusal]:
    file, compressed = folder / EVIDENCE, folder / COMPRESSED
    if file.is_file() and compressed.is_file():
        yield Refusal(str(compressed), "", f"stands beside {EVIDENCE}: one of the two has to go")
        return
    if compressed.is_file():
        file, text = compressed, _uncompressed(compressed)
    elif file.is_file():
        text = _text(file)
    else:
        yield Refusal(str(file), "", "is missing: nothing can be judged again without the evidence")
        return
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict) and {"scenario", "entry"} <= set(entry):
            yield Line(number, line, entry)
        else:
            yield Refusal(f"{file}:{number}", "", "is no entry of evidence")


def _uncompressed(file: Path) -> str:
    try:
        with lzma.open(file) as opened:
            content = opened.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise UsageError(f"{file}: holds more than {_LONGEST} bytes")
        return content.decode("utf-8")
    except (lzma.LZMAError, EOFError) as error:
        raise UsageError(f"{file}: is not whole: {error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8") from error


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")  # as it is: a changed line break is a change
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8") from error
