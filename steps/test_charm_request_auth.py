"""Binds the features of the profile charm-request-auth."""

from pytest_bdd import scenarios

scenarios("../features/charm-request-auth")
