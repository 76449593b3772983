"""Strict reading of manifests: a field that is not translated is refused by name, never dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from gwjwt.errors import GwjwtError

Manifest: TypeAlias = Mapping[str, Any]


class FieldNotSupported(GwjwtError):
    """A manifest uses something that the embedded gateway cannot express; ``field`` is its path."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def only(values: Manifest, known: Collection[str], path: str) -> None:
    """Refuse every key that is not among the known ones; empty values count as absent."""
    for key, value in values.items():
        if key not in known and value not in (None, "", [], {}, False):
            raise FieldNotSupported(f"{path}.{key}")


@contextmanager
def well_formed() -> Iterator[None]:
    """Take a value of the wrong type, or a required field that is missing, as a refusal as well."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FieldNotSupported(f"a field of the wrong shape ({type(error).__name__}: {error})") from error


def describe(manifest: Manifest) -> str:
    """``Kind namespace/name``, as messages name an object."""
    metadata = manifest["metadata"]
    return f"{manifest['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def not_supported(manifest: Manifest, field: str) -> str:
    """The sentence with which a field is refused."""
    return f"the embedded gateway does not support {field} of {describe(manifest)}"
