"""What a recipe is, and the register in which each stands under the name that features use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gwjwt.errors import UsageError
from gwjwt.identity.tokens import Audience, Claims, Draft, Signer, Token, draft, finish

Outcome = Literal["accepted", "refused", "depends"]
"""What becomes of such a token where the issuer is trusted: always the same, or as the rules say."""

Bake = Callable[[Draft], str]


@dataclass(frozen=True)
class Recipe:
    """One way to make a token."""

    name: str
    outcome: Outcome
    bake: Bake

    @property
    def summary(self) -> str:
        """What is right or wrong with the token, and the source that says so."""
        return " ".join((self.bake.__doc__ or "").split())


class UnknownRecipe(UsageError):
    """A feature names a recipe that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown kind of token {name!r} (valid: {', '.join(RECIPES)})")


RECIPES: dict[str, Recipe] = {}


def register(outcome: Outcome) -> Callable[[Bake], Bake]:
    """Make the function a recipe; its name with hyphens is the recipe's."""

    def enter(bake: Bake) -> Bake:
        name = bake.__name__.replace("_", "-")
        RECIPES[name] = Recipe(name, outcome, bake)
        return bake

    return enter


def recipe(name: str) -> Recipe:
    """The recipe of that name, in which blanks and hyphens are alike.

    Raises:
        UnknownRecipe: with the names there are.
    """
    known = RECIPES.get(name.strip().lower().replace(" ", "-"))
    if known is None:
        raise UnknownRecipe(name)
    return known


def always_refused() -> tuple[Recipe, ...]:
    """The recipes whose tokens no gateway may accept, whatever its rules say."""
    return tuple(each for each in RECIPES.values() if each.outcome == "refused")


def mint(
    name: str,
    signer: Signer,
    claims: Claims | None = None,
    audience: Audience = None,
    helper: Signer | None = None,
) -> Token:
    """Make a token by recipe.

    Args:
        name: of the recipe.
        signer: the issuer whose valid token is the starting point.
        claims: added to the standard ones or in their place; None leaves one out. The recipe decides last.
        audience: the ``aud`` claim, a string or a list; none if not given.
        helper: another issuer, for the recipes that mix two.

    Raises:
        UnknownRecipe: there is no such recipe.
    """
    return mint_from(draft(signer, claims, audience, helper), name)


def mint_from(prepared: Draft, name: str, label: str | None = None) -> Token:
    """Make a token by recipe from a draft; reports name it by the ``label``, or else by the recipe.

    Raises:
        UnknownRecipe: there is no such recipe.
    """
    chosen = recipe(name)
    return finish(chosen.bake(prepared), label or chosen.name, prepared.signer)
