"""The target file: which implementation is tested, how it is driven, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gwjwt import __version__
from gwjwt.errors import TargetError
from gwjwt.validation import first_problem
from gwjwt.waiting import Deadlines
from gwjwt.yaml_documents import yaml_problem

if TYPE_CHECKING:
    from gwjwt.drivers.protocol import Driver

API_VERSION = "gwjwt.dev/v1alpha1"

_Seconds = Annotated[float, Field(gt=0, le=3600, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Implementation(_Section):
    """Who is tested, as the report names it."""

    organization: str = ""
    project: str = ""
    url: str = ""
    version: str = ""
    contact: tuple[str, ...] = ()


class _DriverSection(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    name: str


class _EnvironmentSection(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    kind: str = "embedded"


class _DeadlinesSection(_Section):
    start: _Seconds = Deadlines.start
    settle: _Seconds = Deadlines.settle
    request: _Seconds = Deadlines.request
    stop: _Seconds = Deadlines.stop


class _File(_Section):
    apiVersion: Literal["gwjwt.dev/v1alpha1"]  # noqa: N815  # as in every Kubernetes-style file
    kind: Literal["Target"]
    implementation: Implementation = Implementation()
    driver: _DriverSection
    environment: _EnvironmentSection = _EnvironmentSection()
    profiles: tuple[str, ...] | None = Field(default=None, min_length=1)
    features: tuple[str, ...] | None = None
    deadlines: _DeadlinesSection = _DeadlinesSection()


@dataclass(frozen=True)
class Target:
    """A target file, read and found whole. Driver and environment check their own options later."""

    file: Path | None
    """None: the bundled default."""
    implementation: Implementation
    driver: str
    driver_options: Mapping[str, Any]
    environment: str = "embedded"
    environment_options: Mapping[str, Any] = field(default_factory=dict)
    profiles: tuple[str, ...] | None = None
    """The profiles that the implementation is tested for; None: all that its driver can express."""
    features: frozenset[str] | None = None
    """The optional features that it claims; None: what its driver says."""
    deadlines: Deadlines = field(default_factory=Deadlines)

    def changed(
        self,
        *,
        driver: str | None = None,
        driver_options: Mapping[str, Any] | None = None,
        environment: str | None = None,
        environment_options: Mapping[str, Any] | None = None,
        fault: str | None = None,
    ) -> Target:
        """The same target with what the command line says instead.

        Another driver or environment starts without the options in the file: those belong to the old one.
        """
        same_driver = driver in (None, self.driver)
        options = dict(self.driver_options) if same_driver else {}
        options.update(driver_options or {})
        if fault:
            options["fault"] = fault
        bundled_is_replaced = self.file is None and not same_driver
        same_environment = environment in (None, self.environment)
        return Target(
            file=self.file,
            implementation=Implementation() if bundled_is_replaced else self.implementation,
            driver=driver or self.driver,
            driver_options=options,
            environment=environment or self.environment,
            environment_options={
                **(self.environment_options if same_environment else {}),
                **(environment_options or {}),
            },
            profiles=self.profiles,
            features=self.features,
            deadlines=self.deadlines,
        )

    def make_driver(self) -> Driver:
        """The driver, with its options checked.

        Raises:
            TargetError: there is no such driver, or it refuses an option.
        """
        from gwjwt.drivers.registry import make_driver  # imports every installed driver

        return make_driver(self.driver, self.driver_options, self.file)

    def require(
        self, *, profiles: Iterable[str], features: Iterable[str], environments: Iterable[str]
    ) -> None:
        """Check the names that only the suite knows.

        Raises:
            TargetError: the first name that is none of the given ones.
        """
        where = self.file or "command line"
        for index, name in enumerate(self.profiles or ()):
            _require_known(where, f"profiles[{index}]", name, profiles)
        for name in sorted(self.features or ()):
            _require_known(where, "features", name, features)
        _require_known(where, "environment.kind", self.environment, environments)

    def require_claims(self, driver: Driver, *, profiles: Iterable[str], features: Iterable[str]) -> None:
        """Check what the driver claims because the file tells it to; what it claims by itself is its own affair.

        Raises:
            TargetError: the first name that is none of the given ones.
        """
        known = {"profiles": (driver.profiles, profiles), "features": (driver.features, features)}
        for key in known.keys() & self.driver_options.keys():
            claimed, valid = known[key]
            for name in sorted(claimed):
                _require_known(self.file or "command line", f"driver.{key}", name, valid)


def default_target() -> Target:
    """What is tested when nobody says otherwise: the bundled reference of every profile, on embedded."""
    return Target(
        file=None,
        implementation=Implementation(
            organization="gateway-jwt-conformance",
            project="reference",
            version=__version__,
        ),
        driver="reference",
        driver_options={},
    )


def load_target(file: Path | None) -> Target:
    """Read a target file; without one, the bundled default.

    Raises:
        TargetError: the file cannot be read, or a key is unknown, missing or of the wrong type: names the
            file with the line, the key, and what would be valid.
    """
    if file is None:
        return default_target()
    text = _text(file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        raise TargetError(f"{file}:{line}", "YAML", problem) from error
    _require_each_key_once(file, node)
    if not isinstance(content, dict):
        raise TargetError(file, "file", "must be a mapping", choices=_File.model_fields)
    try:
        read = _File.model_validate(content)
    except ValidationError as error:
        raise _target_error(file, node, error) from error
    deadlines = read.deadlines
    return Target(
        file=file,
        implementation=read.implementation,
        driver=read.driver.name,
        driver_options=dict(read.driver.model_extra or {}),
        environment=read.environment.kind,
        environment_options=dict(read.environment.model_extra or {}),
        profiles=read.profiles,
        features=None if read.features is None else frozenset(read.features),
        deadlines=Deadlines(deadlines.start, deadlines.settle, deadlines.request, deadlines.stop),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise TargetError(file, "file", (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise TargetError(file, "file", "is not UTF-8") from error


def _target_error(file: Path, node: yaml.Node | None, error: ValidationError) -> TargetError:
    """The first thing that is wrong, as one line."""
    first = first_problem(error)
    line = _line(node, first.path)
    place = f"{file}:{line}" if line else file
    return TargetError(
        place, first.dotted, first.words, _keys_beside(first.path) if first.unknown else first.choices
    )


def _require_each_key_once(file: Path, root: yaml.Node | None) -> None:
    """YAML demands it, but PyYAML lets the last one win in silence."""
    left, looked_at = [root], set()
    while left:
        node = left.pop()
        if node is None or id(node) in looked_at:  # an alias may stand inside of what it names
            continue
        looked_at.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            left += node.value
        elif isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    line = key.start_mark.line + 1
                    raise TargetError(f"{file}:{line}", str(key.value), "this key is there twice")
                seen.add(str(key.value))
                left.append(value)


def _keys_beside(path: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = _File
    for part in path[:-1]:
        model = cast("type[BaseModel]", model.model_fields[str(part)].annotation)
    return list(model.model_fields)


def _line(node: yaml.Node | None, path: tuple[int | str, ...]) -> int | None:
    """The line of the deepest part of the path that is in the file, from 1."""
    line = None
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _require_known(where: Path | str, key: str, name: str, known: Iterable[str]) -> None:
    choices = list(known)
    if name not in choices:
        problem = f"{name!r} is unknown" + ("" if choices else ": there are none")
        raise TargetError(where, key, problem, choices=choices)
