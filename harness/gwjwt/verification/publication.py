"""A report in its place, ``<reports>/<implementation>/<version>/<environment>/``, with how to repeat the run."""

from __future__ import annotations

import lzma
import re
import shutil
from pathlib import Path

from gwjwt.errors import UsageError
from gwjwt.reporting.directory import report_yaml
from gwjwt.reporting.document import Report
from gwjwt.verification.submission import COMPRESSED, Submission
from gwjwt.verification.verify import Verification


def publish(found: Verification, reports: Path, *, force: bool = False) -> Path:
    """Put a verified report there: report.yaml, the lines of evidence compressed, and a README.

    The rest of what a run writes follows from these two.

    Raises:
        UsageError: it is not verified, has no name to be filed under, or there is one already.
    """
    report, source = found.report, found.submission.file.parent
    if report is None or found.refusals:
        raise UsageError(f"{found.submission.file}: is refused by `gwjwt verify`, so it is not published")
    implementation = report.implementation
    names = {
        "implementation.project": implementation.project,
        "implementation.version": implementation.version,
        "environment.kind": report.environment.kind,
    }
    place = reports.joinpath(*(_folder(found, key, text) for key, text in names.items()))
    if place.exists() and not force:
        raise UsageError(f"{place}: is there already; --force replaces it")
    if place.exists() and source.resolve() == place.resolve():
        raise UsageError(f"{place}: is where the report comes from")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    (place / "report.yaml").write_text(report_yaml(dict(found.submission.content)), encoding="utf-8")
    (place / COMPRESSED).write_bytes(lzma.compress(_evidence(found.submission)))
    (place / "README.md").write_text(readme(found, report), encoding="utf-8")
    return place


def _evidence(submission: Submission) -> bytes:
    """All lines, in the order of the file."""
    lines = sorted(
        (line for lines in submission.lines.values() for line in lines), key=lambda each: each.number
    )
    return "".join(f"{each.text}\n" for each in lines).encode()


def _folder(found: Verification, key: str, text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", text, re.ASCII) is None:
        problem = f"{key}: {text!r} is no name of a folder; set it in the target file"
        raise UsageError(f"{found.submission.file}: {problem}")
    return text


def readme(found: Verification, report: Report) -> str:
    """How the run is repeated, and how the report is verified."""
    versions = ", ".join(f"{name} {version}" for name, version in report.environment.versions.items())
    remarks = "".join(f"* {each}\n" for each in report.policy.remarks)
    conclusion = found.conclusion.sentence if found.conclusion else ""
    profiles = "".join(f"| {each.name} | {each.result.value} |\n" for each in report.profiles)
    return (
        f"# {report.implementation.project} {report.implementation.version}\n\n"
        f"Run on {report.startedAt[:10]} with gateway-jwt-conformance {report.suite.version}: {conclusion}.\n\n"
        f"| profile | result |\n| --- | --- |\n{profiles}\n"
        f"* driver {report.driver}, environment {report.environment.kind} ({versions})\n"
        f"* claimed features: {', '.join(report.claims.features) or 'none'}\n{remarks}\n"
        "To repeat the run, with the same version of the suite and the target file of the implementation:\n\n"
        f"```console\n$ gwjwt run target.yaml --driver {report.driver} --environment {report.environment.kind} "
        "--report-dir out\n```\n\n"
        "To verify this report from its evidence, in this folder:\n\n"
        "```console\n$ gwjwt verify .\n```\n"
    )
