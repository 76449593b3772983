"""The site in its folder: written as a whole, and nothing overwritten that is not a site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gwjwt.errors import UsageError

MARK = ".gwjwt-site.json"
"""In the folder of a site: the paths of its files, so that the next one takes away what is gone."""


def write_site(folder: Path, texts: Mapping[str, str]) -> None:
    """Make the folder hold this site and nothing else of an earlier one.

    Raises:
        UsageError: the folder holds something that is no site, or cannot be written.
    """
    earlier = _earlier(folder)
    try:
        for path, text in texts.items():
            _write(folder / path, text)
        for path in earlier - set(texts):
            _take_away(folder, path)
        _write(folder / MARK, json.dumps(sorted(texts), indent=1) + "\n")
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error


def _earlier(folder: Path) -> set[str]:
    """The files of the site that is there.

    Raises:
        UsageError: there is something else.
    """
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise UsageError(f"{folder}: is a file; name another folder with --output")
    if not any(folder.iterdir()):
        return set()
    mark = folder / MARK
    if not mark.is_file():
        raise UsageError(
            f"{folder}: is not empty and was not made by `gwjwt docs`; name another folder with --output"
        )
    try:
        listed = json.loads(mark.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(
            f"{mark}: is not JSON; take the folder away, or name another one with --output"
        ) from error
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise UsageError(f"{mark}: must be a list of paths; take the folder away")
    return set(listed)


def _write(file: Path, text: str) -> None:
    content = text.encode("utf-8")
    if file.is_file() and file.read_bytes() == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _take_away(folder: Path, path: str) -> None:
    """Remove a file and the folders that are empty then; a path that leads out of the folder is left alone."""
    file = folder / path
    if not file.resolve().is_relative_to(folder.resolve()):
        return
    file.unlink(missing_ok=True)
    for parent in file.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()
