"""Any program as a renderer: it reads the wanted state as JSON and prints manifests as YAML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from gwjwt.drivers.protocol import Wanted
from gwjwt.drivers.rendering import BadManifests, Manifest, in_namespace, read_manifests
from gwjwt.local.processes import OverTime, run_to_its_end

_SECONDS = 30.0
_LAST_CHARACTERS = 2000


class Command:
    """A program that is run once for each change of the state, in the folder of the target file.

    Standard input: the state as one JSON object. Standard output: YAML documents. Exit code 0, or the manifests count
    as bad and its standard error says why.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, seconds: float = _SECONDS) -> None:
        self._arguments, self._folder, self._seconds = tuple(arguments), folder, seconds

    def render(self, state: Wanted) -> list[Manifest]:
        source = " ".join(self._arguments)
        output = self._run(source, json.dumps(state.as_json()))
        return [in_namespace(each, state.gateway) for each in read_manifests(source, output)]

    def _run(self, source: str, text: str) -> str:
        try:
            program = run_to_its_end(self._arguments, seconds=self._seconds, text=text, cwd=self._folder)
        except OSError as error:
            raise BadManifests(f"{source}: cannot be started: {error.strerror}") from error
        except OverTime as late:
            raise BadManifests(f"{source}: {late}") from late
        if program.exit_code:
            complaint = program.complaint.strip()[-_LAST_CHARACTERS:]
            raise BadManifests(f"{source}: exit code {program.exit_code}: {complaint}")
        return program.output
