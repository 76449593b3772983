"""Which definition a step has: looked for once, where pytest-bdd would look again each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

Find = Callable[[Any, Any, Any], Sequence[Any]]


def remembering(find: Callable[..., Any]) -> Find:
    """``find``, which is asked once for each kind and text of a step in each module.

    What a module can see does not change while its scenarios run.
    """
    found: dict[tuple[object, str, str], Sequence[Any]] = {}

    def remembered(step: Any, fixturemanager: Any, node: Any) -> Sequence[Any]:
        key = (node.parent, step.type, step.name)
        if key not in found:
            found[key] = tuple(find(step=step, fixturemanager=fixturemanager, node=node))
        return found[key]

    return remembered


@contextmanager
def remembered_steps() -> Iterator[None]:
    """Inside, pytest-bdd remembers the definitions that it has found; outside it has forgotten them.

    It has no hook for that and asks every fixture of the session about every step, which takes a tenth of a run.
    """
    scenario: Any = import_module("pytest_bdd.scenario")  # the package itself has a function of that name
    find = scenario.find_fixturedefs_for_step
    scenario.find_fixturedefs_for_step = remembering(find)
    try:
        yield
    finally:
        scenario.find_fixturedefs_for_step = find
