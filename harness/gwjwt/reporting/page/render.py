"""The page itself: everything on it is computed from the report and its evidence, and nothing is fetched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from gwjwt.pages.rendering import page_templates, script_source
from gwjwt.reporting.page.evidence import Entry, Step, passage_told, steps_of
from gwjwt.reporting.page.kill_matrix import KillPicture
from gwjwt.reporting.page.naming import Name, name_of
from gwjwt.reporting.page.timeline import Timeline, timeline
from gwjwt.reporting.verdict import AGAINST, Verdict

LARGEST: Final = 1_900_000
"""Bytes that a page may have. Evidence for which there is no room is left out, with a word about it."""

_NOT_HTML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ufffd\U00010000-\U0010ffff]|[\ud800-\udfff]")
"""Characters that HTML does not allow, and halves of surrogate pairs, which UTF-8 cannot say."""

_PACKAGE = "gwjwt.reporting.page"
_CALM = frozenset({Verdict.PASSED, Verdict.RECORDED, Verdict.UNSUPPORTED})
_SLOWEST = 10


@dataclass(frozen=True)
class ShownScenario:
    """A scenario of the report with its name taken apart and its evidence by step."""

    section: Mapping[str, Any]
    name: Name
    entries: Sequence[Entry]

    @property
    def calm(self) -> bool:
        return self.section["verdict"] in _CALM

    @property
    def steps(self) -> list[Step]:
        seconds = float(self.section["durationSeconds"])
        return steps_of(self.entries, seconds=seconds, whole=not self.calm)

    @property
    def needle(self) -> str:
        """What tells where in evidence.jsonl its lines are."""
        return str(self.section["id"])


@dataclass(frozen=True)
class Alike:
    """Scenarios with the same verdict for the same reason."""

    verdict: str
    reason: str
    scenarios: tuple[ShownScenario, ...]


@dataclass(frozen=True)
class Opening:
    """What one change let through, and in which scenario that was seen."""

    scenario: ShownScenario
    told: str
    passage: Mapping[str, Any]


def report_page(
    report: Mapping[str, Any],
    evidence: Iterable[Entry],
    pictures: Sequence[KillPicture] = (),
    largest: int = LARGEST,
) -> str:
    """The page of a report.

    Args:
        report: the content of report.json. It is shown as it is, so it has to be free of secrets, as evidence has.
        evidence: the entries of evidence.jsonl.
        pictures: of a kill matrix, to be shown below.
        largest: bytes that it may have. The frame, with a line for each scenario, is written whatever that is.
    """
    by_scenario: dict[str, list[Entry]] = {}
    for entry in evidence:
        by_scenario.setdefault(str(entry["scenario"]), []).append(entry)
    shown = [
        ShownScenario(section, name_of(section), by_scenario.get(section["id"], ()))
        for section in report["scenarios"]
    ]
    in_order = [each for _, topics in _groups(shown) for _, members in topics for each in members]
    return _Page(report, in_order, pictures, largest).text()


class _Page:
    def __init__(
        self,
        report: Mapping[str, Any],
        scenarios: Sequence[ShownScenario],
        pictures: Sequence[KillPicture],
        largest: int,
    ) -> None:
        self._report, self._scenarios, self._pictures = report, scenarios, pictures
        self._largest = largest
        self._templates = _templates()

    def text(self) -> str:
        frame = self._frame(dict.fromkeys((each.section["id"] for each in self._scenarios), ""))
        bodies = self._bodies(self._largest - len(frame.encode()))
        return _NOT_HTML.sub("\ufffd", self._frame(bodies))

    def _bodies(self, room: int) -> dict[str, Markup | str]:
        """What opens below each scenario. What did not pass comes first, then the short ones."""
        template = self._templates.get_template("scenario.html.j2")
        bodies: dict[str, Markup | str] = {}
        whole = {
            each.section["id"]: template.render(scenario=each, left_out=False).strip()
            for each in self._scenarios
        }
        cut = {
            each.section["id"]: template.render(scenario=each, left_out=True).strip()
            for each in self._scenarios
        }
        room -= sum(len(text.encode()) for text in cut.values())
        for each in sorted(self._scenarios, key=lambda each: (each.calm, len(whole[each.section["id"]]))):
            identity = each.section["id"]
            more = len(whole[identity].encode()) - len(cut[identity].encode())
            fits = more <= room
            room -= more if fits else 0
            bodies[identity] = Markup(whole[identity] if fits else cut[identity])  # noqa: S704  # a template's own
        self._left_out = sum(bodies[each] != whole[each] for each in bodies)
        return bodies

    _left_out = 0

    def _frame(self, bodies: Mapping[str, Markup | str]) -> str:
        script = files(_PACKAGE).joinpath("filter.js").read_text(encoding="utf-8")
        return self._templates.get_template("report.html.j2").render(
            report=self._report,
            bodies=bodies,
            left_out=self._left_out,
            groups=list(_groups(self._scenarios)),
            statistics=statistics(each.section["verdict"] for each in self._scenarios),
            against=[each for each in self._scenarios if each.section["verdict"] in AGAINST or _broken(each)],
            others=list(_alike(self._scenarios)),
            openings=list(_openings(self._scenarios)),
            timeline=self._timeline(),
            slowest=sorted(self._scenarios, key=lambda each: -each.section["durationSeconds"])[:_SLOWEST],
            clauses=_clauses(self._report, self._scenarios),
            pictures=self._pictures,
            environment_versions=", ".join(
                f"{k} {v}" for k, v in self._report["environment"]["versions"].items()
            ),
            deadlines=", ".join(f"{k} {v:g} s" for k, v in self._report["policy"]["deadlines"].items()),
            script=Markup(script),  # noqa: S704  # our own file
            policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
            f"form-action 'none'; script-src {script_source(script)}",
            page_style=Markup(files(_PACKAGE).joinpath("report.css").read_text(encoding="utf-8")),  # noqa: S704
        )

    def _timeline(self) -> Timeline | None:
        return timeline([each.section for each in self._scenarios])


def _templates() -> Environment:
    environment = page_templates(PackageLoader(_PACKAGE, "templates"))
    environment.filters["in_text"] = in_text
    environment.filters["duration"] = duration
    return environment


def in_text(text: str) -> Markup:
    """Escaped for the text of an element, never for an attribute: quotes stay as they are, which halves JSON."""
    return Markup(str(escape(text)).replace("&#34;", '"').replace("&#39;", "'"))  # noqa: S704  # was escaped


def duration(milliseconds: float) -> str:
    """In words that a reader can compare."""
    if milliseconds >= 1000:  # noqa: PLR2004  # a second
        return f"{milliseconds / 1000:.2f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "< 1 ms"


def statistics(verdicts: Iterable[str]) -> dict[str, int]:
    """How many of each verdict there are."""
    counted = Counter(verdicts)
    return {verdict.value: counted[verdict.value] for verdict in Verdict}


def _broken(shown: ShownScenario) -> bool:
    return bool(shown.section["verdict"] == Verdict.ERROR)


def _groups(
    scenarios: Sequence[ShownScenario],
) -> Iterator[tuple[str, list[tuple[str, list[ShownScenario]]]]]:
    """By profile, and in it by topic, in the order of the report."""
    by_profile: dict[str, dict[str, list[ShownScenario]]] = {}
    for each in scenarios:
        by_profile.setdefault(each.name.profile, {}).setdefault(each.name.topic, []).append(each)
    for profile, topics in by_profile.items():
        yield profile, list(topics.items())


def _alike(scenarios: Sequence[ShownScenario]) -> Iterator[Alike]:
    """What was neither passed nor speaks against the implementation, by its reason."""
    kept = [
        each
        for each in scenarios
        if each.section["verdict"] in {Verdict.UNSUPPORTED, Verdict.EXPECTED_FAILURE, Verdict.RECORDED}
    ]

    def cause(each: ShownScenario) -> tuple[str, str]:
        return str(each.section["verdict"]), str(each.section["reason"]).partition("\n")[0]

    for (verdict, reason), members in groupby(sorted(kept, key=cause), key=cause):
        yield Alike(verdict, reason, tuple(members))


def _openings(scenarios: Sequence[ShownScenario]) -> Iterator[Opening]:
    """Every change that a scenario has watched and that let something through, longest first."""
    found = [
        Opening(each, passage_told(entry["passage"]), entry["passage"])
        for each in scenarios
        for entry in each.entries
        if entry.get("purpose") == "watched" and "passage" in entry
    ]
    yield from sorted(found, key=lambda each: -float(each.passage.get("windowMilliseconds", 0.0)))


def _clauses(
    report: Mapping[str, Any], scenarios: Sequence[ShownScenario]
) -> list[tuple[Mapping[str, Any], list[ShownScenario]]]:
    """Each clause with those of its scenarios that were run."""
    by_id = {each.section["id"]: each for each in scenarios}
    return [
        (each, [by_id[name] for name in each["scenarios"] if name in by_id]) for each in report["clauses"]
    ]
