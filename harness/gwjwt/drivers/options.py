"""Reading a driver's options: what is wrong is said in one line that names the file, the key and the valid keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from gwjwt.errors import TargetError
from gwjwt.validation import first_problem

M = TypeVar("M", bound="Options")


class Options(BaseModel):
    """Options as a driver declares them: immutable, camelCase in the file, nothing that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


def read_options(model: type[M], options: Mapping[str, Any], target_file: Path | None) -> M:
    """The options, checked.

    Raises:
        TargetError: an unknown key, a missing one or a wrong type.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        first = first_problem(error, "driver")
        choices = _keys(model, first.path[1:]) if first.unknown else first.choices
        raise TargetError(file_name(target_file), first.dotted, first.words, choices) from error


def file_name(target_file: Path | None) -> Path | str:
    return target_file or "command line"


def path_option(target_file: Path | None, path: Path) -> Path:
    """A path in a target file is relative to that file."""
    return path if path.is_absolute() or target_file is None else target_file.parent / path


def _keys(model: type[Options], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that are valid beside the last part of the location."""
    for part in location[:-1]:
        fields = {field.alias: field for field in model.model_fields.values()}
        if isinstance(part, str) and part in fields:
            inner = _model_in(fields[part].annotation)
            model = inner or model
    return tuple(str(field.alias) for field in model.model_fields.values())


def _model_in(annotation: Any) -> type[Options] | None:
    if isinstance(annotation, type) and issubclass(annotation, Options):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if each), None)
