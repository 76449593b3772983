"""``gwjwt istio``: build the programs of the local-istio environment, and keep one up for work by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from gwjwt.environments.local_istio import kept
from gwjwt.environments.local_istio.building import build
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE, RELEASES
from gwjwt.errors import UsageError
from gwjwt.waiting import Deadlines

_LINES = 20


def checked_release(version: str | None) -> str:
    """A release that can be built; without a name, the default.

    Raises:
        UsageError: it is none; names those that are.
    """
    if version is None:
        return DEFAULT_RELEASE
    if version not in RELEASES:
        raise UsageError(f"--istio-version {version}: unknown (valid: {', '.join(RELEASES)})")
    return version


def build_programs(stream: TextIO, version: str) -> None:
    """Build what is missing; a line for each thing that happens."""

    def tell(line: str) -> None:
        stream.write(f"{line}\n")
        stream.flush()

    build(version, tell)


def bring_up(stream: TextIO, version: str) -> None:
    """Start one that stays, and print the way to it."""
    found = kept.start(version, Deadlines())
    stream.write(f"export KUBECONFIG={found.kubeconfig}\n")


def take_down(stream: TextIO) -> None:
    stream.write("down\n" if kept.stop(Deadlines()) else "none was up\n")


def tell_status(stream: TextIO) -> int:
    """Say whether one is up; the exit code is 0 if so, else 3."""
    found = kept.running()
    if found is None:
        stream.write("none is up\n")
        return 3
    stream.write(f"up: Istio {found.version}, process {found.pid}\n")
    stream.write(f"kubeconfig: {found.kubeconfig}\nlogs: {found.logs}\n")
    return 0


def show_logs(stream: TextIO, program: str | None) -> None:
    """The last lines of each program's log, or the whole log of one.

    Raises:
        UsageError: none is up, or there is no such log.
    """
    found = kept.running()
    if found is None:
        raise UsageError("none is up; start one with `gwjwt istio up`")
    logs = {file.stem: file for file in sorted(Path(found.logs).glob("*.log"))}
    if program is None:
        for name, file in logs.items():
            stream.writelines(f"{name}: {line}\n" for line in _last_lines(file))
    elif program in logs:
        stream.write(logs[program].read_text(encoding="utf-8", errors="replace"))
    else:
        raise UsageError(f"there is no log of {program} (valid: {', '.join(logs)})")


def _last_lines(file: Path) -> Iterator[str]:
    yield from file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
