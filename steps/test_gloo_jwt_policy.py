"""Binds the features of the profile gloo-jwt-policy."""

from pytest_bdd import scenarios

scenarios("../features/gloo-jwt-policy")
