"""Binds the features of the profile istio-end-user-auth."""

from pytest_bdd import scenarios

scenarios("../features/istio-end-user-auth")
