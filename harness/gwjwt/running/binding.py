"""The suite inside pytest: its vocabulary as plugins, its test items as scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.features import Scenario


def allow_tags_on_examples(catalogue: Catalogue) -> None:
    """Let examples carry the suite's tags.

    pytest-bdd asks ``pytest_bdd_apply_tag`` about the tags of features, rules and scenarios, but turns those
    of examples into marks by itself, and the ``markers`` option cannot register a mark with a colon.
    """
    tags = {str(tag) for scenario in catalogue.scenarios for tag in scenario.tags}
    pytest.mark._markers.update(tags)  # noqa: SLF001  # see above: there is no public way


def scenario_of(item: pytest.Item, catalogue: Catalogue) -> Scenario | None:
    """The scenario that an item runs; None for a test that is not bound to a feature."""
    from pytest_bdd.scenario import scenario_wrapper_template_registry  # only for the suite

    if not isinstance(item, pytest.Function):
        return None
    template = scenario_wrapper_template_registry.get(item.obj)
    if template is None:
        return None
    parameters: Mapping[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    row: Mapping[str, str] = parameters.get("_pytest_bdd_example", {})
    return catalogue.by_place.get((template.feature.filename, template.name, tuple(row.values())))


def scenarios_of(function: Callable[..., object], catalogue: Catalogue) -> list[Scenario]:
    """All that a test function runs, one for each row of its examples; none if it is not bound to a feature."""
    from pytest_bdd.scenario import scenario_wrapper_template_registry  # only for the suite

    template = scenario_wrapper_template_registry.get(function)
    if template is None:
        return []
    place = (template.feature.filename, template.name)
    return [scenario for (*found, _), scenario in catalogue.by_place.items() if tuple(found) == place]


def show_as_scenario(item: pytest.Item, scenario: Scenario) -> None:
    """Have pytest name the item by the scenario's id, in its reports and in messages to other processes."""

    def reportinfo() -> tuple[Path, int, str]:
        return scenario.file, scenario.line - 1, scenario.id

    setattr(item, "reportinfo", reportinfo)  # noqa: B010  # a method of pytest's, replaced on this item alone
