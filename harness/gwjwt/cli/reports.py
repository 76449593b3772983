"""``gwjwt report``: forms of a report that are made again from its files, whoever wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from gwjwt.errors import UsageError
from gwjwt.reporting.directory import write_atomically
from gwjwt.reporting.markdown import summary_markdown
from gwjwt.reporting.page.kill_matrix import KillPicture, kill_pictures
from gwjwt.reporting.page.render import report_page
from gwjwt.reporting.redacted import redacted
from gwjwt.verification.submission import Submission, read_submission


def write_page(path: Path, faults: Path | None, output: Path | None, stream: TextIO) -> None:
    """Write report.html; nothing is verified.

    Raises:
        UsageError: it is no report, its evidence is no evidence, or the faults are no kill matrix.
    """
    submission = _submission(path)
    entries = [line.entry for lines in submission.lines.values() for line in lines]
    page = report_page(redacted(submission.content), redacted(entries), _pictures(faults))
    file = output or submission.file.with_name("report.html")
    write_atomically(file, page)
    stream.write(f"written: {file}\n")


def write_markdown(path: Path, stream: TextIO) -> None:
    """Print the summary.

    Raises:
        UsageError: it is no report.
    """
    stream.write(summary_markdown(redacted(_submission(path).content)))


def _submission(path: Path) -> Submission:
    submission = read_submission(path)
    if submission.report is None:
        raise UsageError(str(submission.refusals[0]))
    return submission


def _pictures(file: Path | None) -> list[KillPicture]:
    if file is None:
        return []
    try:
        content: Any = redacted(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise UsageError(f"{file}: is not JSON: {error}") from error
    return kill_pictures(content, str(file))
