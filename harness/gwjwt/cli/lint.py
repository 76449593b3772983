"""``gwjwt lint``: the findings about the suite, one on a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from gwjwt.specification.lint import Finding, lint_suite
from gwjwt.specification.root import suite_root


def write_findings(stream: TextIO, *, as_json: bool) -> int:
    """Write what is wrong and return the exit code: 0 for nothing, 1 otherwise."""
    root = suite_root()
    findings = lint_suite(root)
    if as_json:
        stream.write(json.dumps([_as_json(finding, root) for finding in findings], indent=2) + "\n")
    else:
        stream.writelines(f"{_relative(finding, root)}\n" for finding in findings)
        stream.write(f"{len(findings)} findings\n" if findings else "no findings\n")
    return 1 if findings else 0


def _relative(finding: Finding, root: Path) -> Finding:
    inside = finding.file.is_relative_to(root)
    file = finding.file.relative_to(root) if inside else finding.file
    return Finding(file, finding.line, finding.rule, finding.message)


def _as_json(finding: Finding, root: Path) -> dict[str, str | int]:
    shown = _relative(finding, root)
    return {"file": str(shown.file), "line": shown.line, "rule": shown.rule, "message": shown.message}
