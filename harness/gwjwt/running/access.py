"""What a run needs to be allowed in a cluster: the environment's rights, the scenes' and the driver's.

Each says what the code uses and nothing beside it; a test runs with an account that has these rights alone.
"""

from __future__ import annotations

from pathlib import Path

from gwjwt.cluster import Cluster, Object
from gwjwt.cluster.rights import Right, account, merged, role
from gwjwt.environments.cluster.access import GATEWAY_API, needed, require_rights
from gwjwt.environments.cluster.options import ClusterOptions
from gwjwt.errors import UsageError

_READ = ("get", "list", "watch")
_APPLY = ("create", "delete", "get", "list", "patch")

_SCENES = (
    Right("", "secrets", ("create",)),
    Right("security.istio.io", "requestauthentications", _READ),
    Right("security.istio.io", "authorizationpolicies", _READ),
)
_TEMPLATES = (
    Right("", "namespaces", ("list",)),
    Right(GATEWAY_API, "gateways", _APPLY),
    Right(GATEWAY_API, "httproutes", _APPLY),
)
_POLICIES = (
    Right("security.istio.io", "requestauthentications", _APPLY),
    Right("security.istio.io", "authorizationpolicies", _APPLY),
)
_REFERENCE = "reference.gwjwt.dev"
_CUSTOM_RESOURCES = tuple(
    right
    for plural in ("jwtrelations", "forwardauths")
    for right in (
        Right(_REFERENCE, plural, (*_APPLY, "watch")),
        Right(_REFERENCE, f"{plural}/status", ("patch",)),
    )
)
_DEFINITIONS = (
    Right("apiextensions.k8s.io", "customresourcedefinitions", ("create", "delete", "get", "list", "patch")),
)

_DRIVERS = {
    "manifests": (*_TEMPLATES, *_POLICIES),
    "reference": (*_TEMPLATES, *_POLICIES, *_DEFINITIONS, *_CUSTOM_RESOURCES),
}
"""Of the bundled drivers whose own work is known; what a controller of somebody else needs, its author says."""

DRIVERS = tuple(_DRIVERS)


def rights_for(driver: str, options: ClusterOptions) -> list[Right]:
    """The least that a run of the charm's profile with this driver uses.

    Raises:
        UsageError: what the driver needs is not known; says for which it is.
    """
    if driver not in _DRIVERS:
        raise UsageError(f"--driver {driver}: its rights are not known (known: {', '.join(DRIVERS)})")
    return merged([*needed(options), *_SCENES, *_DRIVERS[driver]])


def require_access(environment: str, driver: str, kubeconfig: Path) -> None:
    """Return if the driver may do its work where that is not certain: in a cluster that is there already.

    Raises:
        EnvironmentFailed: it may not: lists what is missing. To judge then would blame the implementation for it.
    """
    if environment == "cluster" and driver in _DRIVERS:
        with Cluster(kubeconfig) as cluster:
            require_rights(cluster, merged([*_SCENES, *_DRIVERS[driver]]))


def access_objects(driver: str, options: ClusterOptions, name: str, namespace: str) -> list[Object]:
    """A ServiceAccount with these rights: to apply by somebody who may give them."""
    return [role(name, rights_for(driver, options)), *account(name, namespace)]
