"""The step definitions of the suite: what each one matches and where it stands."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gwjwt.specification.clauses import SpecificationError

if TYPE_CHECKING:
    from pytest_bdd.steps import StepFunctionContext

    from gwjwt.specification.features import StepKind

_BROKEN_MODULE = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError)


@dataclass(frozen=True)
class StepDefinition:
    """One ``@given``, ``@when``, ``@then`` or ``@step`` in the vocabulary."""

    kind: StepKind | None
    """None: it serves every kind of step."""
    pattern: str
    file: Path
    line: int
    context: StepFunctionContext

    @property
    def place(self) -> str:
        return f"{self.file.name}:{self.line}"

    def matches(self, kind: StepKind, text: str) -> bool:
        return self.kind in (None, kind) and bool(self.context.parser.is_matching(text))


def suite_modules(root: Path) -> list[str]:
    """Import names of all modules that pytest has to know as plugins: the fixtures, if they have one, and the steps."""
    fixtures = ["steps.fixtures"] if (root / "steps" / "fixtures.py").is_file() else []
    return [*fixtures, *vocabulary_modules(root)]


def vocabulary_modules(root: Path) -> list[str]:
    """Import names of the modules that define steps, with the suite's root on ``sys.path``."""
    files = sorted((root / "steps" / "vocabulary").glob("*.py"))
    return [f"steps.vocabulary.{file.stem}" for file in files if file.stem != "__init__"]


def make_importable(root: Path) -> None:
    """Put the suite's root where ``import steps`` finds it."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


def load_vocabulary(root: Path) -> list[StepDefinition]:
    """All step definitions of the suite at ``root``, by importing its vocabulary.

    Raises:
        SpecificationError: a module cannot be imported.
    """
    from pytest_bdd.steps import step_function_context_registry  # pytest, only for who needs it

    make_importable(root)
    for module in vocabulary_modules(root):
        _load(root, module)
    found = [_definition(context) for context in list(step_function_context_registry.values())]
    own = [definition for definition in found if definition.file.parent == root / "steps" / "vocabulary"]
    return sorted(own, key=lambda definition: (definition.file, definition.line, definition.pattern))


def _load(root: Path, module: str) -> None:
    try:
        importlib.import_module(module)
    except _BROKEN_MODULE as error:
        file = root.joinpath(*module.split(".")).with_suffix(".py")
        raise SpecificationError(f"{file}: cannot be imported: {type(error).__name__}: {error}") from error


def _definition(context: StepFunctionContext) -> StepDefinition:
    code = context.step_func.__code__
    return StepDefinition(
        kind=context.type,
        pattern=context.parser.name,
        file=Path(code.co_filename),
        line=code.co_firstlineno,
        context=context,
    )
