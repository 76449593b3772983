"""Any program as a renderer: it reads the wanted state as JSON and prints manifests as YAML."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gwjwt.drivers.rendering import BadManifests, Manifest, in_namespace, read_manifests
from gwjwt.drivers.state import WantedState

_SECONDS = 30.0
_LAST_CHARACTERS = 2000


class Command:
    """A program that is run once for each change of the state, in the folder of the target file.

    Standard input: the state as one JSON object. Standard output: YAML documents. Exit code 0, or the manifests count
    as bad and its standard error says why.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, seconds: float = _SECONDS) -> None:
        self._arguments, self._folder, self._seconds = tuple(arguments), folder, seconds

    def render(self, state: WantedState) -> list[Manifest]:
        source = " ".join(self._arguments)
        output = self._run(source, json.dumps(state.as_json()))
        return [in_namespace(each, state.gateway) for each in read_manifests(source, output)]

    def _run(self, source: str, text: str) -> str:
        try:
            program = subprocess.Popen(
                self._arguments,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise BadManifests(f"{source}: cannot be started: {error.strerror}") from error
        with program:
            try:
                output, complaint = program.communicate(text, self._seconds)
            except subprocess.TimeoutExpired as error:
                os.killpg(program.pid, signal.SIGKILL)
                raise BadManifests(f"{source}: did not end within {self._seconds:g} s") from error
            except BaseException:
                os.killpg(program.pid, signal.SIGKILL)
                raise
        if program.returncode:
            raise BadManifests(
                f"{source}: exit code {program.returncode}: {complaint.strip()[-_LAST_CHARACTERS:]}"
            )
        return output
