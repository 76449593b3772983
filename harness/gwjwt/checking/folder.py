"""Reads the manifests of a folder as they lie there, whatever its layout."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gwjwt.checking.manifests import Found, Key, Place
from gwjwt.errors import TargetError, UsageError
from gwjwt.yaml_documents import Placed, placed_documents, yaml_problem

_SUFFIXES = (".yaml", ".yml", ".json")
_CHART = "Chart.yaml"
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_CHANGES_NO_POLICY = frozenset(
    {
        "apiVersion",
        "kind",
        "metadata",
        "resources",
        "images",
        "replicas",
        "configMapGenerator",
        "secretGenerator",
        "generatorOptions",
    }
)
"""Keys of a kustomization that leave policies and routes as they lie in their files."""
_TEMPLATE = "{{"
_BY_THE_API = frozenset(
    {"resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"}
)
"""In what somebody has exported from a cluster."""
_OF_THE_CLUSTER = frozenset({"Namespace", "GatewayClass", "CustomResourceDefinition", "ClusterRole"})


@dataclass(frozen=True)
class Folder:
    """What was found in a folder."""

    path: str
    objects: tuple[Found, ...] = ()
    files: int = 0
    """Files that hold manifests."""
    skipped: int = 0
    """Files that hold none."""
    not_rendered: tuple[str, ...] = ()
    """Templates that were left out, each with the way out."""

    def of(self, group: str, kind: str) -> list[Found]:
        """The objects of a kind, in their order."""
        return [each for each in self.objects if (each.group, each.kind) == (group, kind)]


def read_folder(path: Path, namespace: str = "default") -> Folder:
    """Read every YAML and JSON file below a folder; hidden folders are left out.

    Args:
        path: the folder.
        namespace: of objects that name none.

    Raises:
        TargetError: a file cannot be read or is no YAML, an object has no name, or two are the same one: with the
            file and the line.
        UsageError: there is no such folder, or no manifest in it.
    """
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder; name the one that holds your manifests")
    unrendered = _Unrendered(path)
    found: list[Found] = []
    with_manifests = skipped = 0
    for file in _files(path):
        if unrendered.covers(file):
            continue
        objects = list(_objects(file, namespace, unrendered)) if file.suffix in _SUFFIXES else []
        with_manifests += bool(objects)
        skipped += not objects and not unrendered.covers(file)
        found += objects
    _require_no_twins(found)
    folder = Folder(str(path), tuple(found), with_manifests, skipped, tuple(unrendered.told))
    if not found:
        more = "".join(f"; {each}" for each in folder.not_rendered)
        raise UsageError(f"{path}: no Kubernetes manifest in it ({skipped} other files){more}")
    return folder


def _files(path: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(path):
        below[:] = sorted(each for each in below if not each.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


class _Unrendered:
    """The folders and files that something else has to render first."""

    def __init__(self, path: Path) -> None:
        self.told: list[str] = []
        self._folders: set[Path] = set()
        self._single: set[Path] = set()
        for file in _files(path):
            if file.name == _CHART and not self._is_below(file):
                self._folders.add(file.parent.resolve())
                self.told.append(
                    f"{file.parent}: a Helm chart; render it first: helm template {file.parent} > rendered.yaml"
                )
        for file in _files(path):
            if file.name in _KUSTOMIZATIONS and not self._is_below(file):
                self._take_kustomization(file)

    def covers(self, file: Path) -> bool:
        """Whether the file is not to be read as it is."""
        return file in self._single or file.name in _KUSTOMIZATIONS or self._is_below(file)

    def leave_out(self, file: Path) -> None:
        """A template that stands alone."""
        self._single.add(file)
        self.told.append(f"{file}: a template; render it first, and check what comes out")

    def _is_below(self, file: Path) -> bool:
        return any(folder in file.resolve().parents for folder in self._folders)

    def _take_kustomization(self, file: Path) -> None:
        content = _parsed(file, _text(file))
        kustomization: Any = content[0].content if content else {}
        if not isinstance(kustomization, Mapping):
            return
        changing = sorted(kustomization.keys() - _CHANGES_NO_POLICY)
        if not changing:
            return
        self._folders.add(file.parent.resolve())
        for each in kustomization.get("resources") or ():
            named = (file.parent / str(each)).resolve()
            if named.is_dir():
                self._folders.add(named)
        self.told.append(
            f"{file.parent}: a kustomization with {', '.join(changing)}; render it first: "
            f"kustomize build {file.parent} > rendered.yaml"
        )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TargetError(file, "file", (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise TargetError(file, "file", "is not UTF-8") from error


def _parsed(file: Path, text: str) -> list[Placed]:
    try:
        return placed_documents(text)
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        raise TargetError(f"{file}:{line}", "YAML", problem) from error


def _objects(file: Path, namespace: str, unrendered: _Unrendered) -> Iterator[Found]:
    text = _text(file)
    try:
        documents = _parsed(file, text)
    except TargetError:
        if _TEMPLATE in text:
            unrendered.leave_out(file)
            return
        raise
    for each in documents:
        items = each.content.get("items") if _is_manifest(each.content) else None
        if isinstance(items, list) and each.content["kind"].endswith("List"):
            for line, item in zip(each.lines_of("items"), items, strict=True):
                yield from _object(item, Place(str(file), line), namespace)
        else:
            yield from _object(each.content, Place(str(file), each.line), namespace)


def _object(content: Any, place: Place, namespace: str) -> Iterator[Found]:
    """The object that a document is, or none."""
    if not _is_manifest(content):
        return
    metadata = content.get("metadata")
    if not isinstance(metadata, Mapping):
        return  # the configuration of some tool, which looks like a manifest
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise TargetError(str(place), f"{content['kind']}: metadata.name", "must be text that is not empty")
    given = metadata.get("namespace") or namespace
    if not isinstance(given, str):
        raise TargetError(str(place), f"{content['kind']} {name}: metadata.namespace", "must be text")
    own = {key: value for key, value in metadata.items() if key not in _BY_THE_API}
    if content["kind"] not in _OF_THE_CLUSTER:
        own["namespace"] = given
    yield Found({**content, "metadata": own}, place)


def _is_manifest(content: Any) -> bool:
    return isinstance(content, Mapping) and all(
        isinstance(content.get(key), str) and content[key] for key in ("apiVersion", "kind")
    )


def _require_no_twins(found: Iterable[Found]) -> None:
    first: dict[Key, Found] = {}
    for each in found:
        other = first.setdefault(each.key, each)
        if other is not each:
            problem = (
                f"stands in {other.place} too; keep one, or check the folder of one environment at a time"
            )
            raise TargetError(str(each.place), str(each), problem)
