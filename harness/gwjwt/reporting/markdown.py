"""A report as Markdown, for the summary of a CI job or a comment: results first, then what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gwjwt.reporting.verdict import AGAINST, Verdict

_MOST = 50
"""Scenarios that are told of; GitHub takes no summary beyond 1 MiB."""

_LONGEST = 2000
"""Characters of a reason."""

_LOOKED_AT = AGAINST | {Verdict.ERROR}


def summary_markdown(report: Mapping[str, Any]) -> str:
    """The summary of a report (the content of report.json, free of secrets). Nothing in it is taken for markup."""
    return "\n".join([*_head(report), *_profiles(report["profiles"]), *_against(report["scenarios"])]) + "\n"


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    implementation = report["implementation"]
    name = f"{implementation['project'] or report['driver']} {implementation['version']}".strip()
    fault = report["run"]["fault"]
    yield f"## {'Run with a fault' if fault is not None else 'Conformance'}: {_text(name)}"
    yield ""
    if fault is not None:
        yield f"**This is no conformance report**: the fault {_code(fault)} was switched on."
        yield ""
    if report["run"]["interrupted"]:
        yield "**The run was interrupted**: not all scenarios were judged."
        yield ""
    for problem in report["run"]["problems"]:
        yield f"**The run was not whole**: {_text(problem['what'])}"
        yield ""
    yield (
        f"{len(report['scenarios'])} scenarios in {report['durationSeconds']:.1f} s, driver {_text(report['driver'])}, "
        f"environment {_text(report['environment']['kind'])}, suite {_text(report['suite']['version'])}"
    )
    yield ""


def _profiles(profiles: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| profile | result | core | extended |"
    yield "| --- | --- | --- | --- |"
    for each in profiles:
        cells = (
            _text(each["name"]),
            f"**{each['result']}**",
            _counted(each["core"]),
            _counted(each["extended"]),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _counted(level: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"{count} {verdict}" for verdict, count in level["statistics"].items() if count)
        or "none run"
    )


def _against(scenarios: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    found = [each for each in scenarios if each["verdict"] in _LOOKED_AT]
    if not found:
        yield "No scenario speaks against the implementation."
        return
    yield f"### {len(found)} to look at"
    yield ""
    for each in found[:_MOST]:
        clauses = " ".join(_code(clause) for clause in each["clauses"])
        yield f"<details><summary>{_text(each['verdict'])}: {_text(each['title'])}</summary>"
        yield ""
        yield f"{_code(each['id'])} {clauses}".rstrip()
        yield ""
        yield from _block("\n".join(filter(None, (each["step"], each["reason"]))))
        yield ""
        yield "</details>"
        yield ""
    if len(found) > _MOST:
        yield f"… and {len(found) - _MOST} more: see report.html"


_MARKUP = re.compile(r"[\\`*_\[\]<>|~&@#$]")
"""What means something inside of a line: CommonMark 0.31, chapter 6, and GitHub's tables, mentions and formulas."""

_LINE_BREAKS = re.compile(r"\s+")


def _text(text: str) -> str:
    """On one line, with every character that could be markup escaped; never the beginning of a line."""
    return _MARKUP.sub(_entity, _LINE_BREAKS.sub(" ", text))


def _entity(found: re.Match[str]) -> str:
    """As a character reference: it means the same in Markdown, in its tables and in the HTML inside of it."""
    return f"&#{ord(found[0])};"


def _code(text: str) -> str:
    """A code span that the text cannot end."""
    inside = _LINE_BREAKS.sub(" ", text)
    fence = _fence(inside, least=1)
    return f"{fence} {inside} {fence}" if "`" in inside else f"{fence}{inside}{fence}"


def _block(text: str) -> Iterator[str]:
    """A code block that the text cannot end."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    fence = _fence(shown, least=3)
    yield f"{fence}text"
    yield shown
    yield fence


def _fence(text: str, *, least: int) -> str:
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    return "`" * max(least, longest + 1)
