"""The stream of messages of a run, from its report and evidence (github.com/cucumber/messages, protocol 34)."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from gwjwt.cucumber.features import Ids, Message, read_features
from gwjwt.reporting.events import Evidence
from gwjwt.reporting.page.evidence import Request, Step, steps_of
from gwjwt.reporting.verdict import AGAINST, Verdict
from gwjwt.specification.catalogue import Catalogue

PROTOCOL: Final = "34.2.0"
"""The version of the messages that are written."""

FILE: Final = "cucumber-messages.ndjson"

PASSED, FAILED, SKIPPED = "PASSED", "FAILED", "SKIPPED"

_PASSING = frozenset({Verdict.PASSED, Verdict.RECORDED})
_LAST_STEP = {Verdict.EXPECTED_FAILURE: SKIPPED}
"""What becomes of the step that decided, if it did not fail: the protocol has none that is inconclusive or broken."""


def cucumber_messages(
    report: Mapping[str, Any], evidence: Iterable[Evidence], catalogue: Catalogue
) -> Iterator[Message]:
    """All messages, in the order of the protocol.

    A scenario is a test case. One that passed or recorded has passed steps; one that is unsupported has skipped ones;
    else the step that decided failed, with the verdict and its reason, and those behind it are skipped. What a step saw
    is attached to it as a log, without secrets, as report and evidence are.

    Args:
        report: the content of report.json.
        evidence: the entries of evidence.jsonl.
        catalogue: the suite that the run was made with. A scenario that it does not have is left out.
    """
    by_scenario: dict[str, list[Evidence]] = {}
    for entry in evidence:
        by_scenario.setdefault(str(entry["scenario"]), []).append(entry)
    ids = Ids()
    known = [catalogue.by_id[each["id"]] for each in report["scenarios"] if each["id"] in catalogue.by_id]
    features = read_features(catalogue.root, known, ids)
    yield {"meta": _meta(report)}
    yield from features.messages
    began = datetime.fromisoformat(report["startedAt"]).timestamp()
    run = ids.get_next_id()
    yield {"testRunStarted": {"id": run, "timestamp": _timestamp(began)}}
    for section in report["scenarios"]:
        if section["id"] in features.pickles:
            case = _Case(
                section, features.pickles[section["id"]], by_scenario.get(section["id"], []), began, ids
            )
            yield from case.messages(run)
    yield {"testRunFinished": _finished(report, run, began)}


def as_ndjson(messages: Iterable[Message]) -> str:
    """One message a line."""
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in messages)


def form_of(catalogue: Catalogue) -> Callable[[Mapping[str, Any], Sequence[Evidence]], str]:
    """What makes the file of a report and its evidence."""

    def form(report: Mapping[str, Any], evidence: Sequence[Evidence]) -> str:
        return as_ndjson(cucumber_messages(report, evidence, catalogue))

    return form


def _meta(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "gateway-jwt-conformance", "version": report["suite"]["version"]},
        "runtime": {"name": platform.python_implementation(), "version": platform.python_version()},
        "os": {"name": platform.system(), "version": platform.release()},
        "cpu": {"name": platform.machine()},
    }


def _finished(report: Mapping[str, Any], run: str, began: float) -> dict[str, Any]:
    circumstances = report["run"]
    bad = {*AGAINST, Verdict.ERROR}
    whole = not circumstances["interrupted"] and not circumstances["problems"]
    finished = {
        "success": whole
        and bool(report["scenarios"])
        and not any(e["verdict"] in bad for e in report["scenarios"]),
        "timestamp": _timestamp(began + report["durationSeconds"]),
        "testRunStartedId": run,
    }
    fault = circumstances["fault"]
    told = [f"run with the fault {fault}: no conformance report"] if fault is not None else []
    told += ["interrupted"] if circumstances["interrupted"] else []
    told += [f"{each['what']}: {each['reason']}" for each in circumstances["problems"]]
    return {**finished, "message": "\n".join(told)} if told else finished


class _Case:
    """One scenario with its steps."""

    def __init__(
        self,
        section: Mapping[str, Any],
        pickle: Mapping[str, Any],
        entries: Sequence[Evidence],
        run_began: float,
        ids: Ids,
    ) -> None:
        self._section, self._pickle, self._ids = section, pickle, ids
        self._began = run_began + section["startSeconds"]
        self._seconds = float(section["durationSeconds"])
        self._reached = [
            each for each in steps_of(entries, seconds=self._seconds, whole=False) if each.keyword
        ]
        self._case, self._attempt = ids.get_next_id(), ids.get_next_id()
        self._steps = [(ids.get_next_id(), each["id"]) for each in pickle["steps"]]

    def messages(self, run: str) -> Iterator[Message]:
        steps = [{"id": own, "pickleStepId": step} for own, step in self._steps]
        case = {"id": self._case, "pickleId": self._pickle["id"], "testSteps": steps, "testRunStartedId": run}
        started = {
            "attempt": self._section["attempts"] - 1,
            "id": self._attempt,
            "testCaseId": self._case,
            "timestamp": _timestamp(self._began),
        }
        worker = self._section["worker"]
        yield {"testCase": case}
        yield {"testCaseStarted": {**started, "workerId": worker} if worker else started}
        for number, (own, _) in enumerate(self._steps):
            yield from self._step(number, own)
        end = _timestamp(self._began + self._seconds)
        finished = {"testCaseStartedId": self._attempt, "timestamp": end, "willBeRetried": False}
        yield {"testCaseFinished": finished}

    def _step(self, number: int, own: str) -> Iterator[Message]:
        seen = self._reached[number] if number < len(self._reached) else None
        begin = seen.at / 1000 if seen else self._seconds
        end = seen.until / 1000 if seen and seen.until is not None else self._seconds
        place = {"testCaseStartedId": self._attempt, "testStepId": own}
        yield {"testStepStarted": {**place, "timestamp": _timestamp(self._began + begin)}}
        if seen and seen.happened:
            attached = {
                "body": _log(seen),
                "contentEncoding": "IDENTITY",
                "mediaType": "text/x.cucumber.log+plain",
            }
            yield {"attachment": {**attached, **place}}
        result = {**self._result(number), "duration": _duration(max(0.0, end - begin))}
        finished = {**place, "testStepResult": result, "timestamp": _timestamp(self._began + end)}
        yield {"testStepFinished": finished}

    def _result(self, number: int) -> dict[str, Any]:
        verdict, reason = Verdict(self._section["verdict"]), str(self._section["reason"])
        if verdict in _PASSING:
            return {"status": PASSED}
        if verdict is Verdict.UNSUPPORTED:
            return {"status": SKIPPED, "message": reason}
        decisive = max(0, min(len(self._reached), len(self._steps)) - 1)
        if number < decisive:
            return {"status": PASSED}
        if number > decisive:
            return {"status": SKIPPED}
        return {"status": _LAST_STEP.get(verdict, FAILED), "message": f"{verdict}: {reason}"}


def _log(step: Step) -> str:
    lines = []
    for each in step.happened:
        if isinstance(each, Request):
            lines += [f"{each.line}: {each.outcome}", *(["  " + each.curl] if each.curl else [])]
        else:
            lines.append(f"{each.text}: {each.holds}" if each.holds else each.text)
    return "\n".join(lines)


def _timestamp(seconds: float) -> dict[str, int]:
    """Since the epoch."""
    return _duration(seconds)


def _duration(seconds: float) -> dict[str, int]:
    milliseconds = round(seconds * 1000)
    return {"seconds": milliseconds // 1000, "nanos": milliseconds % 1000 * 1_000_000}
