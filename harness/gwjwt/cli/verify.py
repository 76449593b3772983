"""``gwjwt verify``: whether a report is that of a full, honest run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from gwjwt.specification.catalogue import load_catalogue
from gwjwt.verification.verify import Verification, verify

_TOLD = 20


def verify_report(path: Path, stream: TextIO, *, as_json: bool) -> int:
    """Tell what was verified or why it is refused, and return the exit code: 0 verified, 1 refused.

    Raises:
        UsageError: there is no report.
    """
    found = verify(path, load_catalogue())
    if as_json:
        content = {
            "verified": not found.refusals,
            "refusals": [asdict(each) for each in found.refusals],
            "conclusion": found.conclusion.sentence if found.conclusion else None,
            "tally": asdict(found.tally),
        }
        stream.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    else:
        stream.writelines(f"{line}\n" for line in (_refused(found) if found.refusals else _verified(found)))
    return 1 if found.refusals else 0


def _refused(found: Verification) -> Iterator[str]:
    for each in found.refusals[:_TOLD]:
        yield f"refused: {each}"
    if len(found.refusals) > _TOLD:
        yield f"refused: {len(found.refusals) - _TOLD} more reasons (--json tells all)"
    yield f"{found.submission.file} is not the report of a full, honest run"


def _verified(found: Verification) -> Iterator[str]:
    report, tally = found.report, found.tally
    assert report is not None
    assert found.conclusion is not None
    yield f"verified: {len(report.scenarios)} scenarios, whole and as the run left them"
    yield f"judged again from the evidence: {tally.judgements} judgements, all with the same outcome"
    yield (
        f"taken from the run, as the evidence cannot show it: {tally.steps_taken} of "
        f"{tally.steps_taken + tally.steps_repeated} outcome steps (resources, status, logs, measurements)"
        + (f", {tally.hidden} comparisons of hidden values" if tally.hidden else "")
    )
    if tally.verdicts_taken:
        yield f"verdicts against the implementation that rest on such steps: {', '.join(tally.verdicts_taken)}"
    yield "digests show that nothing was changed by accident, not who made the report: nothing here is signed"
    yield f"result: {found.conclusion.sentence}"
