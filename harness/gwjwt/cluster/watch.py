"""Watching a Kubernetes API: the changes of a kind as they happen, until somebody wants no more of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import urllib3

from gwjwt.errors import GwjwtError

Object = dict[str, Any]
"""An object as the API answers it."""


class ApiRefused(GwjwtError, ValueError):
    """The API server's answer to a request that it understood and does not accept."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status, self.reason, self.message = status, reason, message
        super().__init__(f"{status} {reason}: {message}")

    def __reduce__(self) -> tuple[type[Self], tuple[int, str, str]]:
        """What another process needs to have the same."""
        return type(self), (self.status, self.reason, self.message)


def refusal(status: int, answer: Mapping[str, Any]) -> ApiRefused:
    """The refusal that a Status object of the API describes."""
    return ApiRefused(status, answer.get("reason") or "Unknown", answer.get("message") or "no message")


@dataclass(frozen=True)
class Event:
    """One change that a watch reports."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object


class Watch:
    """The events of one watch, in their order; ends when the server ends it or when ``stop`` is called.

    ``stop`` may be called from any thread; the iteration then ends within moments, without an error.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the connection; for the thread that iterates, or when none does."""
        self._stopped.set()
        self._response.close()

    def stop(self) -> None:
        """End the iteration, from whatever thread."""
        self._stopped.set()
        try:
            self._response.shutdown()
        except (OSError, RuntimeError, ValueError):
            return  # the server had closed the connection already

    def __iter__(self) -> Iterator[Event]:
        """Yields the events.

        Raises:
            ApiRefused: the server ended the watch with an error, 410 when the version is too old.
        """
        try:
            for line in self._lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise refusal(event["object"].get("code", 500), event["object"])
                yield Event(event["type"], event["object"])
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if isinstance(error, ApiRefused):
                raise
            return  # cut off in the middle: the caller watches again from the last version that it saw

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        for chunk in self._response.stream(65536):
            if self._stopped.is_set():
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line for line in lines if line)
