"""The atlas as a table: what became of each row, once where all runs agree and side by side where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.atlas.fate import ROW, Fate
from gwjwt.atlas.register import Atlas, Row, Topic

AGAINST = ("failed", "inconclusive")
"""The verdicts of a row with which the command does not end well."""


@dataclass(frozen=True)
class Finding:
    """What a run says of one row."""

    verdict: str
    fate: Fate

    def __str__(self) -> str:
        return f"{self.fate} ({self.verdict})" if self.verdict in AGAINST else str(self.fate)


@dataclass(frozen=True)
class AtlasRun:
    """All rows of one profile on one environment, by name."""

    environment: str
    profile: str
    findings: Mapping[str, Finding]


def runs_of(environment: str, scenarios: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[AtlasRun]:
    """What a run's evidence, by scenario, says of the rows: one of each profile.

    Args:
        environment: where it ran.
        scenarios: by id, which begins with the profile, the entries of its evidence.
    """
    found: dict[str, dict[str, Finding]] = {}
    for scenario, entries in scenarios.items():
        rows = found.setdefault(scenario.partition("/")[0], {})
        rows.update(
            (each["row"], Finding(each["verdict"], Fate.from_json(each["fate"])))
            for each in entries
            if each.get("purpose") == ROW
        )
    return [AtlasRun(environment, profile, rows) for profile, rows in found.items()]


def cell(runs: Sequence[AtlasRun], row: str) -> list[str]:
    """What became of the row: one text, or several with the runs that each one is true of in front."""
    said: dict[str, list[AtlasRun]] = {}
    for run in runs:
        if row in run.findings:
            said.setdefault(str(run.findings[row]), []).append(run)
    if len(said) <= 1:
        return list(said)
    return [f"{_names(of, runs)}: {text}" for text, of in said.items()]


def as_markdown(atlas: Atlas, runs: Sequence[AtlasRun]) -> str:
    """The document ``docs/token-atlas.md``."""
    return "\n".join(_markdown(atlas, runs)) + "\n"


def as_text(atlas: Atlas, runs: Sequence[AtlasRun]) -> str:
    """One line for each row, and one more for each further text of its cell."""
    lines = []
    width = max(len(row.name) for topic in atlas.topics for row in topic.rows)
    for topic in atlas.topics:
        lines += ["", f"{topic.topic}: {topic.about}"]
        for row in topic.rows:
            first, *more = cell(runs, row.name) or ["not run"]
            lines.append(f"  {row.name:{width}}  {_expected(row, runs):16}  {first}")
            lines += [f"  {'':{width}}  {'':16}  {each}" for each in more]
    return "\n".join([*lines[1:], "", _summary(atlas, runs), ""])


def as_document(atlas: Atlas, runs: Sequence[AtlasRun]) -> dict[str, Any]:
    """All of it as JSON can hold it."""
    return {
        "rows": [
            {
                "row": row.name,
                "topic": topic.topic,
                "what": row.what,
                "source": row.source,
                "says": row.says,
                "expect": row.expect,
                "clauses": {profile: list(clauses) for profile, clauses in row.clauses.items()},
                "runs": [_as_json(run, run.findings[row.name]) for run in runs if row.name in run.findings],
            }
            for topic in atlas.topics
            for row in topic.rows
        ]
    }


def missing(atlas: Atlas, runs: Sequence[AtlasRun]) -> list[str]:
    """The rows of which some run says nothing, each with the run."""
    return [
        f"{row.name} ({run.profile} on {run.environment})"
        for run in runs
        for topic in atlas.topics
        for row in topic.rows
        if row.name not in run.findings
    ]


def _as_json(run: AtlasRun, finding: Finding) -> dict[str, Any]:
    return {
        "environment": run.environment,
        "profile": run.profile,
        "verdict": finding.verdict,
        "text": str(finding.fate),
        **finding.fate.as_json(),
    }


def _markdown(atlas: Atlas, runs: Sequence[AtlasRun]) -> Iterator[str]:
    yield "# Token atlas"
    yield ""
    yield from _PREFACE
    for topic in atlas.topics:
        yield from _section(topic, runs)
    yield "## What is left out"
    yield ""
    for each in atlas.left_out:
        yield f"* {each.what}: {each.because}."


def _section(topic: Topic, runs: Sequence[AtlasRun]) -> Iterator[str]:
    yield f"## {topic.topic.capitalize().replace('-', ' ')}"
    yield ""
    yield f"{topic.about[0].upper()}{topic.about[1:]}."
    yield ""
    yield "| row | what is sent | source | it says | documented | what becomes of it |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in topic.rows:
        cells = [
            row.name,
            row.what,
            row.source,
            row.says,
            _documented(row),
            "<br>".join(cell(runs, row.name)),
        ]
        yield f"| {' | '.join(map(_escaped, cells))} |"
    yield ""


def _documented(row: Row) -> str:
    clauses = [clause for each in row.clauses.values() for clause in each]
    return f"{row.expect}: {', '.join(clauses)}" if row.expect else ""


def _expected(row: Row, runs: Sequence[AtlasRun]) -> str:
    judged = any(row.expectation(run.profile) for run in runs)
    return f"must be {row.expect}" if judged else f"RFC: {row.says}"


def _summary(atlas: Atlas, runs: Sequence[AtlasRun]) -> str:
    rows = [row.name for topic in atlas.topics for row in topic.rows]
    verdicts = [finding.verdict for run in runs for finding in run.findings.values()]
    counted = [f"{verdicts.count(each)} {each}" for each in dict.fromkeys(verdicts)]
    apart = sum(len(cell(runs, row)) > 1 for row in rows)
    return f"{len(rows)} rows: {', '.join(counted)}; the runs differ in {apart}"


def _names(of: Sequence[AtlasRun], runs: Sequence[AtlasRun]) -> str:
    """Which runs these are, by what tells them from the others."""
    environments, profiles = {each.environment for each in of}, {each.profile for each in of}
    if len(of) == sum(each.environment in environments for each in runs):
        return ", ".join(sorted(environments))
    if len(of) == sum(each.profile in profiles for each in runs):
        return ", ".join(sorted(profiles))
    return ", ".join(f"{each.profile} on {each.environment}" for each in of)


def _escaped(text: str) -> str:
    """As Markdown shows it in a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


_PREFACE = (
    "Generated by `gwjwt atlas --environment embedded --environment local-istio --format markdown`, with the bundled",
    "reference of the profiles charm-request-auth and istio-ingress-jwt; tests hold that it is not stale. The rows are",
    "those of `features/token-atlas.yaml`. Each is sent between two valid tokens that pass, and the backends tell what",
    "arrived.",
    "",
    '"it says" is the word of the source: accept, refuse, or open where it leaves the choice or is silent.',
    '"documented" is what a document of a profile has a gateway do; such rows are judged, the others recorded. What',
    "becomes of a row stands there once where all runs agree.",
    "",
)
