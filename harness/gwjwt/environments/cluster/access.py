"""What the environment may have to do, and the errors of one who may not do it or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.cluster.rights import Right, merged, missing
from gwjwt.environments.cluster.options import AddressMode, ClusterOptions
from gwjwt.errors import EnvironmentFailed

GATEWAY_API = "gateway.networking.k8s.io"
_FORBIDDEN = 403
_WEBHOOK = "admission webhook"

_ALWAYS = (
    Right("", "namespaces", ("create", "delete", "get", "list")),
    Right("", "configmaps", ("create",)),
    Right("", "secrets", ("create",)),
    Right("", "services", ("create", "list")),
    Right("", "services/proxy", ("get",)),
    Right("", "pods", ("list",)),
    Right("", "pods/log", ("get",)),
    Right("apps", "deployments", ("create", "get")),
    Right("discovery.k8s.io", "endpointslices", ("create",)),
    Right(GATEWAY_API, "gatewayclasses", ("get",)),
    Right(GATEWAY_API, "gateways", ("get", "list")),
    Right(GATEWAY_API, "httproutes", ("create", "list", "patch")),
)
_WITH_NODES = Right("", "nodes", ("list",))
_WITH_AUTHORIZER = Right("networking.istio.io", "serviceentries", ("create",))


def needed(options: ClusterOptions) -> list[Right]:
    """The least that the environment uses with these options."""
    rights = list(_ALWAYS)
    if options.address in (AddressMode.AUTO, AddressMode.NODE_PORT):
        rights.append(_WITH_NODES)
    if options.extension_providers:
        rights.append(_WITH_AUTHORIZER)
    return merged(rights)


def require_rights(cluster: Cluster, rights: Iterable[Right]) -> None:
    """Return if the API lets us do all of this.

    Raises:
        EnvironmentFailed: lists what is missing.
    """
    lacking = list(missing(cluster, rights))
    if lacking:
        commands = "".join(f"\n  {right.command(verb)}" for verb, right in lacking)
        cause = f"the kubeconfig's user lacks {len(lacking)} rights; these commands say no:{commands}"
        raise EnvironmentFailed("cluster", f"{cause}\n(gwjwt rbac prints what gives them)")


def require_class(cluster: Cluster, name: str) -> None:
    """Return if the cluster has this gateway class.

    Raises:
        EnvironmentFailed: it has not, or knows no Gateway API.
    """
    api_version = f"{GATEWAY_API}/v1"
    if not cluster.serves(api_version, "GatewayClass"):
        cause = f"the API does not serve {api_version} (kubectl api-resources --api-group={GATEWAY_API})"
        raise EnvironmentFailed("cluster", cause)
    if cluster.get(Reference(api_version, "GatewayClass", "", name)) is None:
        raise EnvironmentFailed(
            "cluster",
            f"there is no gateway class {name!r} (kubectl get gatewayclasses; environment.gatewayClass)",
        )


@contextmanager
def told_of_refusals() -> Iterator[None]:
    """Inside, a refusal of the API becomes an ``EnvironmentFailed`` with the command that shows more."""
    try:
        yield
    except ApiRefused as refused:
        hint = ""
        if _WEBHOOK in refused.message:
            hint = " (kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations)"
        elif refused.status == _FORBIDDEN:
            hint = " (gwjwt rbac prints the rights that are needed)"
        raise EnvironmentFailed(
            "cluster", f"the Kubernetes API refuses: {refused.message}{hint}"
        ) from refused
