"""JUnit XML of a run, for the CI systems that read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from gwjwt.reporting.conformance import RunRecord, StatedScenario
from gwjwt.reporting.events import ScenarioFinished
from gwjwt.reporting.verdict import Verdict

_ELEMENTS = {
    Verdict.FAILED: "failure",
    Verdict.INCONCLUSIVE: "failure",
    Verdict.UNEXPECTED_PASS: "failure",
    Verdict.ERROR: "error",
    Verdict.UNSUPPORTED: "skipped",
    Verdict.EXPECTED_FAILURE: "skipped",
}
"""JUnit knows four outcomes. The exact verdict stands in the element's ``type`` and in a property."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(record: RunRecord, scenarios: Sequence[StatedScenario]) -> str:
    """One ``testsuite`` for each profile, one ``testcase`` for each scenario that has a verdict."""
    root = ET.Element("testsuites", name="gateway-jwt-conformance")
    totals = _Totals()
    for profile in dict.fromkeys(scenario.profile for scenario in scenarios):
        own = [
            scenario
            for scenario in scenarios
            if scenario.profile == profile and scenario.id in record.finished
        ]
        if own:
            totals.add(_suite(root, record, profile, own))
    if record.problems or record.interrupted:
        totals.add(_problems(root, record))
    totals.write(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


class _Totals:
    def __init__(self) -> None:
        self.tests = 0
        self.seconds = 0.0
        self.elements: list[str] = []

    def add(self, other: _Totals) -> None:
        self.tests += other.tests
        self.seconds += other.seconds
        self.elements += other.elements

    def write(self, element: ET.Element) -> None:
        element.set("tests", str(self.tests))
        for name, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            element.set(attribute, str(self.elements.count(name)))
        element.set("time", f"{self.seconds:.3f}")


def _suite(root: ET.Element, record: RunRecord, profile: str, scenarios: Iterable[StatedScenario]) -> _Totals:
    suite = ET.SubElement(root, "testsuite", name=profile)
    if record.started:
        suite.set("timestamp", record.started.started_at.isoformat(timespec="seconds"))
    if record.started and record.started.fault is not None:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="fault", value=_clean(record.started.fault))
    totals = _Totals()
    for scenario in scenarios:
        event = record.finished[scenario.id]
        _case(suite, scenario, event)
        totals.tests += 1
        totals.seconds += event.duration
        totals.elements += [_ELEMENTS[event.verdict]] if event.verdict in _ELEMENTS else []
    totals.write(suite)
    return totals


def _case(suite: ET.Element, scenario: StatedScenario, event: ScenarioFinished) -> None:
    topic, _, name = scenario.id.rpartition("/")
    case = ET.SubElement(
        suite, "testcase", classname=topic.replace("/", "."), name=name, time=f"{event.duration:.3f}"
    )
    properties = ET.SubElement(case, "properties")
    facts = {"verdict": event.verdict.value, "level": scenario.level, "clauses": " ".join(scenario.clauses)}
    for key, value in facts.items():
        ET.SubElement(properties, "property", name=key, value=_clean(value))
    if event.verdict in _ELEMENTS:
        message = event.reason.splitlines()[0] if event.reason else event.verdict.value
        outcome = ET.SubElement(
            case, _ELEMENTS[event.verdict], type=event.verdict.value, message=_clean(message)
        )
        outcome.text = _clean(f"{event.step}\n{event.reason}".strip())
    elif event.reason:
        ET.SubElement(case, "system-out").text = _clean(event.reason)


def _problems(root: ET.Element, record: RunRecord) -> _Totals:
    """What went wrong outside of any scenario, as errors: a reader of JUnit must not take the rest for all."""
    found = [(problem.what, problem.reason) for problem in record.problems]
    if record.interrupted:
        found.append(("the run", "interrupted: not all scenarios were judged"))
    suite = ET.SubElement(root, "testsuite", name="run")
    totals = _Totals()
    for what, reason in found:
        case = ET.SubElement(suite, "testcase", classname="run", name=_clean(what), time="0")
        ET.SubElement(
            case, "error", type="error", message=_clean(reason.splitlines()[-1] if reason else what)
        )
        totals.tests += 1
        totals.elements.append("error")
    totals.write(suite)
    return totals


def _clean(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return _NOT_XML.sub("\ufffd", text)
