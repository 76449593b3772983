"""The ways in which a token can be right or wrong, each under the name that features use.

A recipe gets the draft of a valid token and returns the token as it is sent. Each module holds one kind of defect;
importing it enters its recipes in ``RECIPES``.
"""

from gwjwt.identity.recipes import claims, encodings, shapes, signatures
from gwjwt.identity.recipes.registry import (
    RECIPES,
    Outcome,
    Recipe,
    UnknownRecipe,
    always_refused,
    mint,
    mint_from,
    recipe,
)

__all__ = [
    "RECIPES",
    "Outcome",
    "Recipe",
    "UnknownRecipe",
    "always_refused",
    "claims",
    "encodings",
    "mint",
    "mint_from",
    "recipe",
    "shapes",
    "signatures",
]
