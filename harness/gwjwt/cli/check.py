"""``gwjwt check``: what the policies in a folder let through."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from gwjwt.checking.check import Check, Checked
from gwjwt.checking.expectations import Expectations, read_expectations
from gwjwt.checking.folder import read_folder
from gwjwt.checking.presentation import as_document, as_markdown, as_text
from gwjwt.cli.run import terminated_like_interrupted
from gwjwt.cluster import Cluster
from gwjwt.environments.registry import start_environment
from gwjwt.reporting.redacted import redacted
from gwjwt.waiting import Deadlines

Format = Literal["text", "markdown", "json"]


@dataclass(frozen=True)
class CheckOptions:
    """How to read the folder, and what to show."""

    namespace: str = "default"
    gateway_namespace: str | None = None
    expect: Path | None = None
    shape: Format = "text"
    quiet: bool = False


def check_policies(path: Path, options: CheckOptions, stream: TextIO) -> int:
    """Check a folder and write what was found.

    Returns:
        0 nothing got through that should not, 1 something did, 3 of some routes nothing is known.

    Raises:
        UsageError: the folder or the file of expectations is wrong.
        EnvironmentFailed: the embedded gateway broke.
    """
    expectations = read_expectations(options.expect) if options.expect else Expectations()
    folder = read_folder(path, options.namespace)
    with (
        terminated_like_interrupted(),
        start_environment("embedded", {}, Deadlines()) as environment,
        Cluster(environment.kubeconfig) as cluster,
    ):
        checked = Check(folder, environment, cluster, options.gateway_namespace).run()
    today = datetime.now(UTC).date()
    findings = expectations.unexpected(checked.findings, today)
    objections = expectations.objections(checked.findings, today)
    code = _exit_code(checked, bool(findings or objections))
    if options.shape == "json":
        written = redacted(as_document(checked, findings, objections))
        stream.write(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    elif code or not options.quiet:
        lines = as_markdown if options.shape == "markdown" else as_text
        stream.writelines(f"{redacted(line)}\n" for line in lines(checked, findings, objections))
    return code


def _exit_code(checked: Checked, objectionable: bool) -> int:
    if objectionable:
        return 1
    left_out = any(each.whole for each in checked.notes.unchecked)
    return 3 if left_out or not checked.observed else 0
