"""Findings as a reader wants them: what has one cause at several paths of a host is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gwjwt.checking.entries import BELOW
from gwjwt.checking.findings import Finding

_SHOWN_PATHS = 6


@dataclass(frozen=True)
class Told:
    """Findings of one kind with one cause at one host of a gateway."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.entry.path for each in self.findings))

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(each.entry.port for each in self.findings))

    @property
    def where(self) -> str:
        """The host with the paths: ``shop.example.com/admin and below``."""
        host = self.first.entry.hostname
        shown = _shortened(self.paths)
        more = f" and {len(shown) - _SHOWN_PATHS} more" if len(shown) > _SHOWN_PATHS else ""
        return f"{'any host: ' if host == '*' else host}{', '.join(shown[:_SHOWN_PATHS])}{more}"


def told(findings: Sequence[Finding]) -> list[Told]:
    """The findings, grouped, in the order in which the first of each came up."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for each in findings:
        about = tuple(str(found) for found in each.cause.objects)
        place = each.kind, str(each.entry.proxy), each.entry.hostname
        groups.setdefault((*place, each.what, each.cause.cure, about), []).append(each)
    return [Told(tuple(group)) for group in groups.values()]


def _shortened(paths: Sequence[str]) -> list[str]:
    """Paths, where one that was made up to look below another one is told as what is below that."""
    below = {path.removesuffix(f"/{BELOW}") for path in paths if path.endswith(f"/{BELOW}")}
    own = [path for path in paths if not path.endswith(f"/{BELOW}")]
    by_stem = {path.rstrip("/"): path for path in sorted(own, reverse=True)}
    shown = [f"{path} and below" if stem in below else path for stem, path in by_stem.items()]
    order = {path.rstrip("/"): place for place, path in reversed(list(enumerate(own)))}
    shown.sort(key=lambda each: order[each.removesuffix(" and below").rstrip("/")])
    return [*shown, *(f"what is below {path}" for path in sorted(below - by_stem.keys()))]
