"""Conformance suite for JWT request authentication at gateways."""

__version__ = "0.1.0"
