"""Binds the features of the profile istio-ingress-jwt."""

from pytest_bdd import scenarios

scenarios("../features/istio-ingress-jwt")
