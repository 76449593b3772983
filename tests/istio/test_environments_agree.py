"""The embedded gateway behaves as a real Istio does, request by request, over the whole profile."""

from __future__ import annotations

import json
import subprocess
import sys

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
    assert {each["name"]: each["count"] for each in found["known"]} == {"server": found["requests"]}


def test_ingress_gateways_and_sidecars_answer_alike_on_both() -> None:
    command = [sys.executable, "-m", "gwjwt", "diff-environments", "--json", "--profile", "istio-ingress-jwt"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)
    assert found["scenarios"] > 40
    counts = {each["name"]: each["count"] for each in found["known"]}
    assert set(counts) == {"server", "port of a sidecar"}
    assert counts["server"] == found["requests"] > 140
