"""The feature files as messages: source, document and pickles, and which pickle a scenario of the suite is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gwjwt.specification.features import Scenario

Message = Mapping[str, Any]
"""One line of the stream: a mapping from the kind of message to what it says."""

_MEDIA_TYPE = "text/x.cucumber.gherkin+plain"


@dataclass(frozen=True)
class Features:
    """``messages`` in the order of the files; ``pickles`` by the ids of the suite's scenarios."""

    messages: tuple[Message, ...]
    pickles: Mapping[str, Mapping[str, Any]]


class Ids:
    """Ids for one stream: Gherkin's own and ours come from the same numbers, so that none is there twice."""

    def __init__(self) -> None:
        self._last = 0

    def get_next_id(self) -> str:
        self._last += 1
        return str(self._last)


def read_features(root: Path, scenarios: Iterable[Scenario], ids: Ids) -> Features:
    """Those features of the suite at ``root`` that the scenarios are in; paths are relative to it."""
    by_place = {(each.file, each.line): each.id for each in scenarios}
    messages: list[Message] = []
    pickles: dict[str, Mapping[str, Any]] = {}
    for file in dict.fromkeys(file for file, _ in by_place):
        for message in _messages(root, file, ids):
            messages.append(message)
            if "pickle" in message:
                pickle = message["pickle"]
                identity = by_place.get((file, pickle["location"]["line"]))
                if identity is not None:
                    pickles[identity] = pickle
    return Features(tuple(messages), pickles)


def _messages(root: Path, file: Path, ids: Ids) -> Iterator[Message]:
    from gherkin.ast_builder import AstBuilder  # only who writes messages pays for it
    from gherkin.parser import Parser
    from gherkin.pickles.compiler import Compiler

    uri = file.relative_to(root).as_posix()
    text = file.read_text(encoding="utf-8")
    document = {**Parser(AstBuilder(ids)).parse(text), "uri": uri}
    yield {"source": {"uri": uri, "data": text, "mediaType": _MEDIA_TYPE}}
    yield {"gherkinDocument": document}
    for pickle in Compiler(ids).compile(document):
        yield {"pickle": pickle}
