"""What can go wrong, by what it means for the user.

Three families that must never be mixed up:

* ``UsageError``: the call or a file that the user wrote is wrong. Exit code 2, one line, no traceback.
* ``Observation`` subclasses: an honest answer about the implementation under test (violated, inconclusive,
  unsupported).
* ``EnvironmentFailed``: the place where the suite runs broke. Nothing is said about the implementation.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self


class GwjwtError(Exception):
    """Everything that this package raises on purpose."""


class UsageError(GwjwtError):
    """The command line is wrong: the message is one line with the way out."""


class TargetError(UsageError):
    """A target file is wrong: names the file, the key and the valid choices."""

    def __init__(self, file: Path | str, key: str, problem: str, choices: Iterable[str] = ()) -> None:
        self.file, self.key, self.problem, self.choices = str(file), key, problem, tuple(choices)
        valid = f" (valid: {', '.join(self.choices)})" if self.choices else ""
        super().__init__(f"{self.file}: {key}: {problem}{valid}")


class EnvironmentFailed(GwjwtError):
    """A gateway, an API server or a helper died or never became ready. ``log`` holds its last lines."""

    def __init__(self, what: str, cause: str, log: str = "") -> None:
        self.what, self.cause, self.log = what, cause, log
        super().__init__(f"{what}: {cause}" + (f"\n{log}" if log else ""))

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, str]]:
        """What another process needs to have the same."""
        return type(self), (self.what, self.cause, self.log)


class EnvironmentDied(EnvironmentFailed):
    """A part that every scenario needs is gone: this process can judge nothing more."""


class Observation(GwjwtError):
    """What a check found out about the implementation under test, other than that all is well."""


class ClauseViolated(Observation, AssertionError):
    """The implementation does something else than its documentation says."""


class ImplementationFailed(ClauseViolated):
    """The implementation did not act: its objects were rejected, or it did not settle within the deadline."""


class Inconclusive(Observation, AssertionError):
    """The answer proves nothing: 404, 503, a time-out, or a refusal whose paired request did not succeed."""


class Unsupported(Observation):
    """The driver cannot express what the scenario needs. Never counted as passed."""
