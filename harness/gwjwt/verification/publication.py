"""A report put in its place: ``<reports>/<implementation>/<version>/``, with how to repeat the run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from gwjwt.errors import UsageError
from gwjwt.reporting.document import Report
from gwjwt.reporting.page.render import report_page
from gwjwt.reporting.redacted import redacted
from gwjwt.verification.submission import EVIDENCE
from gwjwt.verification.verify import Verification

_COPIED = ("report.yaml", "report.json", EVIDENCE, "junit.xml")


def publish(found: Verification, reports: Path, *, force: bool = False) -> Path:
    """Copy a verified report, and write the README beside it.

    Raises:
        UsageError: it is not verified, has no name to be filed under, or there is one already.
    """
    report, source = found.report, found.submission.file.parent
    if report is None or found.refusals:
        raise UsageError(f"{found.submission.file}: is refused by `gwjwt verify`, so it is not published")
    place = reports / _name(found, "project", report) / _name(found, "version", report)
    if place.exists() and not force:
        raise UsageError(f"{place}: is there already; --force replaces it")
    if place.exists() and source.resolve() == place.resolve():
        raise UsageError(f"{place}: is where the report comes from")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    for name in _COPIED:
        if (source / name).is_file():
            shutil.copyfile(source / name, place / name)
    entries = [line.entry for lines in found.submission.lines.values() for line in lines]
    page = report_page(redacted(found.submission.content), redacted(entries))
    (place / "report.html").write_text(page, encoding="utf-8")  # anew: that of the run was not verified
    (place / "README.md").write_text(readme(found, report), encoding="utf-8")
    return place


def _name(found: Verification, key: str, report: Report) -> str:
    text = str(getattr(report.implementation, key))
    if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", text, re.ASCII) is None:
        problem = f"implementation.{key}: {text!r} is no name of a folder; set it in the target file"
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
