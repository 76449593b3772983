"""A Kubernetes API as drivers and the reference controller use it."""

from gwjwt.cluster.client import ApiRefused, Cluster, Listing, Object, Reference

__all__ = ["ApiRefused", "Cluster", "Listing", "Object", "Reference"]
