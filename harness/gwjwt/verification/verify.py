"""All that is asked of a report, at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gwjwt.reporting.conclusion import Conclusion
from gwjwt.reporting.document import Report
from gwjwt.specification.catalogue import Catalogue
from gwjwt.verification.consequences import conclusion_of, consequences
from gwjwt.verification.evidence import Tally, judged_again
from gwjwt.verification.refusal import Refusal
from gwjwt.verification.submission import Submission, read_submission
from gwjwt.verification.wholeness import wholeness


@dataclass(frozen=True)
class Verification:
    """What came out. Without refusals, ``report`` and ``conclusion`` are there."""

    submission: Submission
    refusals: tuple[Refusal, ...]
    tally: Tally = field(default_factory=Tally)
    conclusion: Conclusion | None = None

    @property
    def report(self) -> Report | None:
        return self.submission.report


def verify(path: Path, catalogue: Catalogue) -> Verification:
    """Verify the report of a file or of a folder against this suite.

    Raises:
        UsageError: there is no report.
    """
    submission = read_submission(path)
    report, tally = submission.report, Tally()
    if report is None:
        return Verification(submission, submission.refusals)
    refusals = [
        *submission.refusals,
        *wholeness(submission, report, catalogue),
        *consequences(submission, report, catalogue),
        *judged_again(submission, report, catalogue, tally),
    ]
    return Verification(submission, tuple(refusals), tally, conclusion_of(report, catalogue))
