"""Pages that have moved: ``features/moved.yaml`` says where to, and their old places lead there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import yaml

from gwjwt.specification.clauses import SpecificationError
from gwjwt.yaml_documents import document, yaml_problem

FILE = "features/moved.yaml"


def moved_pages(root: Path) -> Mapping[str, str]:
    """New places by old paths; none for a suite without the file.

    Raises:
        SpecificationError: the file is not as it has to be.
    """
    file = root / FILE
    if not file.is_file():
        return {}
    try:
        content = document(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        line, words = yaml_problem(error)
        raise SpecificationError(f"{file}:{line}: {words}") from error
    moved = {} if content is None else content
    if not isinstance(moved, dict) or not all(isinstance(each, str) for each in (*moved, *moved.values())):
        raise SpecificationError(f"{file}: must be a mapping of old paths to new ones")
    return moved


def require_places(moved: Mapping[str, str], pages: Collection[str]) -> None:
    """Hold that each old place is free and each new one is a page.

    Raises:
        SpecificationError: the first that is not.
    """
    for old, new in moved.items():
        if old in pages:
            raise SpecificationError(f"{FILE}: {old}: is a page, so nothing can lead away from it")
        if new.partition("#")[0] not in pages:
            raise SpecificationError(f"{FILE}: {old}: {new} is no page")
