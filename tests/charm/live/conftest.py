"""A stand-in for the ``juju`` command on PATH, and the model behind it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

STANDIN = Path(__file__).with_name("juju_standin.py")
ENDPOINTS = (
    "istio-request-auth",
    "ingress",
    "ingress-unauthenticated",
    "istio-ingress-route",
    "forward-auth",
    "istio-ingress-config",
)


class Standin:
    """The model's file: what a test sets in it, and what has been asked of it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(
            name="live", type="caas", apps={}, relations=[], relation=6, calls=0, lines=[], clock=0,
            lag=2, fail={}, raises="", meanwhile=[], forgetful=0, applied=[], lazy=False, endpoints=ENDPOINTS,
        )  # fmt: skip

    def set(self, **changes) -> None:
        state = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.file.write_text(json.dumps(state | changes))

    def __getitem__(self, key: str):
        return json.loads(self.file.read_text())[key]

    def said(self, command: str) -> list[list[str]]:
        """The command lines, without the command and the model."""
        return [line[3:] for line in self["lines"] if line[0] == command]

    def databag(self, ingress: str, endpoint: str, owner: str) -> dict[str, str]:
        found = next(each for each in self["relations"] if each["ends"][1] == [ingress, endpoint])
        return found["bags"].get(owner, {})


@pytest.fixture
def on_path(tmp_path, monkeypatch) -> Path:
    """A folder that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def standin(tmp_path, on_path, monkeypatch) -> Standin:
    program = on_path / "juju"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STANDIN}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("JUJU_STANDIN", str(tmp_path / "model.json"))
    return Standin(tmp_path / "model.json")
