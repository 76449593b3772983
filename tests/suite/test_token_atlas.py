"""``gwjwt atlas`` on the bundled reference: the published table, and what it says under a fault."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gwjwt.specification.root import suite_root

TABLE = suite_root() / "docs" / "token-atlas.md"


def atlas(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gwjwt", "atlas", "--quiet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verdicts(ended: subprocess.CompletedProcess[str]) -> dict[str, str]:
    rows: list[dict[str, Any]] = json.loads(ended.stdout)["rows"]
    return {each["row"]: each["runs"][0]["verdict"] for each in rows}


def lines_of(text: str) -> dict[str, str]:
    """The lines of the table's rows, by the row."""
    return {line.split(" | ")[0]: line for line in text.splitlines() if line.startswith("| ")}


def test_the_published_table_is_what_becomes_of_the_rows_here() -> None:
    ended = atlas("--environment", "embedded", "--format", "markdown")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    here, published = lines_of(ended.stdout), lines_of(TABLE.read_text(encoding="utf-8"))
    assert here.keys() == published.keys()
    stale = [
        row
        for row, line in published.items()
        if line != here[row] and f"embedded: {here[row].split(' | ')[-1].removesuffix(' |')}" not in line
    ]
    assert stale == [], f"make {TABLE} again, as it says"


def test_a_wrong_gateway_fails_the_rows_that_a_document_speaks_of() -> None:
    ended = atlas("--fault", "clock-ignored", "--profile", "charm-request-auth", "--format", "json")
    assert ended.returncode == 1
    found = verdicts(ended)
    wrong = {"exp-outside-the-skew", "exp-long-ago", "nbf-outside-the-skew", "query-expired"}
    assert {row for row, verdict in found.items() if verdict == "failed"} == wrong
    assert found["exp-in-the-skew"] == "recorded"


def test_where_no_valid_token_passes_no_row_says_anything() -> None:
    ended = atlas("--fault", "closed", "--profile", "istio-ingress-jwt", "--format", "json")
    assert ended.returncode == 1
    assert set(verdicts(ended).values()) == {"inconclusive"}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--profile", "gloo-jwt-policy"], "no profile with a token atlas"),
        (["--profile", "nobody"], "unknown profile 'nobody'"),
        (["--environment", "mars"], "'mars' is unknown"),
        (["no-such-target.yaml"], "no such file"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], words: str) -> None:
    ended = atlas(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_no_run_makes_the_atlas_unless_it_is_asked_for(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence.json"
    command = [sys.executable, "-m", "gwjwt", "run", "--quiet", "--evidence", str(evidence)]
    command += ["--profile", "istio-ingress-jwt", "--clause", "ISTIO-VALID-03"]
    subprocess.run(command, check=True)
    ran = json.loads(evidence.read_text())["scenarios"]
    assert ran
    assert not [name for name in ran if "token-atlas" in name]
    named = [*command[:-4], "--scenario", "istio-ingress-jwt/token-atlas/one-topic[rotated]"]
    subprocess.run(named, check=True)
    assert json.loads(evidence.read_text())["scenarios"].keys() == {named[-1]}
