"""``gwjwt publish``, ``gwjwt diff`` and ``gwjwt gate init``: what is done with reports that are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from gwjwt.errors import UsageError
from gwjwt.releases.changes import Outcomes, as_document, as_markdown, as_text, changes, is_setback
from gwjwt.releases.gate import gate_text
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.verification.publication import publish
from gwjwt.verification.submission import read_submission
from gwjwt.verification.verify import verify

FORMATS = ("text", "markdown", "json")


def publish_report(path: Path, reports: Path, stream: TextIO, *, force: bool) -> int:
    """Publish what can be verified: 0 published, 1 refused.

    Raises:
        UsageError: there is no report, or it cannot be put there.
    """
    found = verify(path, load_catalogue())
    if found.refusals:
        stream.writelines(f"refused: {each}\n" for each in found.refusals[:20])
        stream.write("not published: `gwjwt verify` refuses it\n")
        return 1
    stream.write(f"published: {publish(found, reports, force=force)}\n")
    return 0


def diff_reports(old: Path, new: Path, form: str, stream: TextIO) -> int:
    """Tell what changed: 0 nothing for the worse, 1 something.

    Raises:
        UsageError: one of them is no report, or there is no such format.
    """
    if form not in FORMATS:
        raise UsageError(f"--format {form}: valid are {', '.join(FORMATS)}")
    found = changes(_outcomes(old), _outcomes(new))
    if form == "json":
        stream.write(json.dumps(as_document(found), indent=2, ensure_ascii=False) + "\n")
    else:
        stream.writelines(f"{line}\n" for line in (as_text if form == "text" else as_markdown)(found))
    return 1 if any(map(is_setback, found)) else 0


def write_gate(report: Path, file: Path, stream: TextIO) -> None:
    """Write a gate file that expects what the report shows.

    Raises:
        UsageError: it is no report, or the file is there already.
    """
    text = gate_text(_outcomes(report), load_catalogue().by_id)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file}: is there already; write to another file") from error
    stream.write(f"written: {file} (say in each reason why it is accepted)\n")


def _outcomes(path: Path) -> Outcomes:
    submission = read_submission(path)
    if submission.report is None:
        raise UsageError(str(submission.refusals[0]))
    return {each.id: (each.verdict, each.reason) for each in submission.report.scenarios}
