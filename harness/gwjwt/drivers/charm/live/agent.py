"""The barrier: what Juju notes of a unit's agent, read so that an older state never passes for a newer one.

Juju tells no revision of a databag that a charm has acted on, and "active/idle" holds before a change as well as after
it: for a moment the unit has not heard of the change. So the evidence is taken from the agent's history
(``juju show-status-log --type juju-unit``), in which every hook leaves ``executing``, ``running NAME hook``:

1. Before a change the history is read; what it holds then is the mark.
2. One change is made at a time, and it is known which hooks it leads to.
3. The change has been acted on when those hooks are noted in their order **after** the mark, and the last entry is
   ``idle``. An entry ``error`` after the mark ends the wait too: a hook has failed, and nothing more will run.
4. A unit in the error state is told to try again, and that is waited for, before the next change; what it does then
   is before the mark, too. If it fails once more it will not act on the change, and is not waited for.

An earlier hook cannot be counted, because it stands before the mark. A reading that is late cannot be taken for news
either: what has been seen is kept here, and a reading only adds what follows on it. Since a change begins when the one
before it has been acted on, no hook of that can still be on its way, provided that nobody else publishes on the same
relation. ``update-status`` is not noted by Juju, and so never in the way.

Sources: Juju's reference, "Hook", "juju show-status-log"; the words are those of its uniter since Juju 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

REMEMBERED = 200
"""So many entries are asked for, far more than one change leads to."""


@dataclass(frozen=True)
class Noted:
    """One entry of the history; ``since`` is RFC 3339 in UTC, as written by Juju."""

    status: str
    message: str
    since: str

    def runs(self, hook: str) -> bool:
        return self.status == "executing" and self.message.startswith(f"running {hook} hook")


@dataclass
class Agent:
    """A unit's agent, with all that has been read of its history."""

    unit: str
    read: Callable[[], Sequence[Noted]]
    _seen: list[Noted] = field(default_factory=list)

    def mark(self) -> int:
        """The place in its history that it has reached."""
        self._look()
        return len(self._seen)

    def since(self, mark: int) -> list[Noted]:
        """What has been noted after the mark."""
        self._look()
        return self._seen[mark:]

    def failure(self) -> str | None:
        """Juju's words on the hook that failed, while the unit is in the error state."""
        self._look()
        return failure(self._seen)

    def _look(self) -> None:
        self._seen += newer(self._seen[-REMEMBERED:], self.read())


def newer(seen: Sequence[Noted], read: Sequence[Noted]) -> list[Noted]:
    """What a reading adds to what has been seen; nothing if it is an older one.

    A reading that has nothing in common with it, such as that of a new unit with the name of an old one, adds what is
    later.
    """
    for first in range(len(seen)):
        common = min(len(seen) - first, len(read))
        if common and list(seen[first : first + common]) == list(read[:common]):
            return list(read[common:])
    return [each for each in read if not seen or each.since > seen[-1].since]


def outstanding(news: Sequence[Noted], hooks: Sequence[str]) -> str | None:
    """What of the hooks is not done yet, in words; None when all is done, or when one has failed."""
    if failure(news):
        return None
    left = list(hooks)
    for each in news:
        if left and each.runs(left[0]):
            left.pop(0)
    if left:
        return f"its hook {left[0]} has not run"
    last = news[-1] if news else None
    return None if last and last.status == "idle" else f"its agent is {_words(last)}"


def failure(news: Sequence[Noted]) -> str | None:
    """Juju's words on the hook that failed, if that is the last thing noted."""
    return (news[-1].message or "hook failed") if news and news[-1].status == "error" else None


def _words(noted: Noted | None) -> str:
    return (
        f"{noted.status} ({noted.message})"
        if noted and noted.message
        else noted.status
        if noted
        else "silent"
    )
