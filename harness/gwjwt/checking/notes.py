"""What a reader has to know beside the answers: what was replaced, what was taken for granted, what was not checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from gwjwt.checking.manifests import Found


@dataclass(frozen=True)
class Unchecked:
    """Something that was found and not asked about."""

    what: str
    found: Found | None = None
    whole: bool = False
    """Whether a gateway or a route was left out because of it, so that nobody knows what it lets through."""

    def __str__(self) -> str:
        return f"{self.found} ({self.found.place}): {self.what}" if self.found else self.what


@dataclass
class Notes:
    """Collects them in the order in which they come up, each once."""

    replaced: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def replace(self, what: str) -> None:
        if what not in self.replaced:
            self.replaced.append(what)

    def assume(self, what: str) -> None:
        if what and what not in self.assumed:
            self.assumed.append(what)

    def leave_out(self, what: str, found: Found | None = None, *, whole: bool = False) -> None:
        unchecked = Unchecked(what, found, whole)
        if unchecked not in self.unchecked:
            self.unchecked.append(unchecked)
