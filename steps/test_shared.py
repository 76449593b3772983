"""Binds the behaviours that several profiles document; each row runs in the scene of its own profile."""

from pytest_bdd import scenarios

scenarios("../features/shared")
