"""The interpreter that runs a charm: the user's, one that is made of the charm's requirements, or our own."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import OverTime, run_to_its_end

EXTRA = "pip install 'gateway-jwt-conformance[charm]'"

_NEEDED = ("ops", "scenario", "lightkube", "charmlibs.interfaces.istio_request_auth")
_SECONDS_TO_INSTALL = 900.0
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def own_interpreter() -> Path:
    """The running one, which has what the bundled charms need.

    Raises:
        EnvironmentFailed: it has not.
    """
    missing = [name for name in _NEEDED if not _there(name)]
    if missing:
        raise EnvironmentFailed("the charm driver", f"{', '.join(missing)} cannot be imported here: {EXTRA}")
    return Path(sys.executable)


def given_interpreter(path: Path) -> Path:
    """The user's.

    Raises:
        EnvironmentFailed: it is no program.
    """
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise EnvironmentFailed("driver.interpreter", f"{path} is no program; give the path of a Python")
    return path


def made_interpreter(charm: Path) -> Path:
    """One with what the charm requires and ``ops[testing]``, made once for these requirements and kept.

    It lies in the user's cache folder. Requirements are those of ``requirements.txt``, else of ``pyproject.toml``.

    Raises:
        EnvironmentFailed: there are no requirements, or they cannot be installed.
    """
    wanted = _requirements(charm)
    digest = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:16]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gwjwt" / "charms" / digest
    python = home / "bin" / "python"
    if not (home / ".complete").exists():
        sys.stderr.write(f"gwjwt: installing what {charm.name} requires into {home} (once)\n")
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], charm)
        (home / ".complete").touch()
    return python


def _requirements(charm: Path) -> list[str]:
    listed, project = charm / "requirements.txt", charm / "pyproject.toml"
    if listed.is_file():
        return ["ops[testing]", "--requirement", str(listed.resolve()), *_pinned(listed)]
    if project.is_file():
        content = tomllib.loads(project.read_text(encoding="utf-8"))
        return ["ops[testing]", *content.get("project", {}).get("dependencies", [])]
    cause = f"{charm} has neither requirements.txt nor pyproject.toml to make one of; give driver.interpreter"
    raise EnvironmentFailed("the charm's interpreter", cause)


def _pinned(listed: Path) -> list[str]:
    """The lines of the file, so that another content is another environment; pip reads them twice to no harm."""
    lines = (line.partition("#")[0].strip() for line in listed.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if _NAMED.match(line)]


def _run(argv: list[str], folder: Path | None = None) -> None:
    try:
        ended = run_to_its_end(argv, seconds=_SECONDS_TO_INSTALL, cwd=folder)
    except (OSError, OverTime) as error:
        raise EnvironmentFailed("the charm's interpreter", f"{argv[0]}: {error}") from error
    if ended.exit_code:
        last = next(iter(ended.complaint.strip().splitlines()[::-1]), f"exit code {ended.exit_code}")
        raise EnvironmentFailed("the charm's interpreter", f"cannot be made: {last}", ended.complaint)


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
