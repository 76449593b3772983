"""The embedded gateway behaves as a real Istio does, request by request, over the whole profile."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest


@pytest.mark.parametrize("driver", ["controller", "manifests"])
def test_every_request_of_the_profile_has_the_same_outcome_on_both(driver: str) -> None:
    command = [sys.executable, "-m", "gwjwt", "diff-environments", "--json"]
    command += ["--profile", "charm-request-auth", "--driver", driver]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)
    assert found["scenarios"] > 150
    assert found["requests"] > 500
    assert _seen(found) == {"server": found["requests"]}


def test_ingress_gateways_and_sidecars_answer_alike_on_both() -> None:
    command = [sys.executable, "-m", "gwjwt", "diff-environments", "--json", "--profile", "istio-ingress-jwt"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)
    assert found["scenarios"] > 40
    counts = _seen(found)
    assert set(counts) == {"server", "port of a sidecar"}
    assert counts["server"] == found["requests"] > 140


def test_a_chain_of_apps_with_sidecars_answers_alike_on_both() -> None:
    command = [
        sys.executable,
        "-m",
        "gwjwt",
        "diff-environments",
        "--json",
        "--profile",
        "istio-end-user-auth",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)
    assert found["scenarios"] > 20
    counts = _seen(found)
    assert set(counts) == {"server", "port of a sidecar"}
    assert counts["server"] == found["requests"] > 50


def _seen(found: dict[str, Any]) -> dict[str, int]:
    """The known differences that this comparison met, by how many requests showed them."""
    return {each["name"]: each["count"] for each in found["known"] if each["count"]}
