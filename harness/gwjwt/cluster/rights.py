"""What somebody may do with a Kubernetes API: asked of the API itself, and written down as a role.

Sources: Kubernetes documentation, "Using RBAC Authorization" and "Authorization Overview" (SelfSubjectAccessReview).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gwjwt.cluster import Cluster, Object


@dataclass(frozen=True, order=True)
class Right:
    """Verbs on a resource of an API group, in every namespace."""

    group: str
    """Empty: the core group."""
    resource: str
    """The plural, such as ``pods``, with its subresource behind a slash."""
    verbs: tuple[str, ...]

    def command(self, verb: str) -> str:
        """The command that shows whether one has it."""
        plural, _, subresource = self.resource.partition("/")
        of_group = f"{plural}.{self.group}" if self.group else plural
        below = f" --subresource={subresource}" if subresource else ""
        return f"kubectl auth can-i {verb} {of_group}{below} --all-namespaces"


def missing(cluster: Cluster, rights: Iterable[Right]) -> Iterator[tuple[str, Right]]:
    """The verbs that whoever is connected may not use."""
    for right in rights:
        for verb in right.verbs:
            if not _is_allowed(cluster, right, verb):
                yield verb, right


def _is_allowed(cluster: Cluster, right: Right, verb: str) -> bool:
    plural, _, subresource = right.resource.partition("/")
    asked = {"group": right.group, "resource": plural, "subresource": subresource, "verb": verb}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {"name": ""},
        "spec": {"resourceAttributes": asked},
    }
    return bool(cluster.create(review)["status"]["allowed"])


def role(name: str, rights: Iterable[Right]) -> Object:
    """A ClusterRole with these rights and no others."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [
            {"apiGroups": [each.group], "resources": [each.resource], "verbs": list(each.verbs)}
            for each in merged(rights)
        ],
    }


def merged(rights: Iterable[Right]) -> list[Right]:
    """One for each resource, with all of its verbs, in order."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for each in rights:
        verbs.setdefault((each.group, each.resource), set()).update(each.verbs)
    return [
        Right(group, resource, tuple(sorted(these))) for (group, resource), these in sorted(verbs.items())
    ]


def account(name: str, namespace: str) -> list[Object]:
    """A ServiceAccount in a namespace, and what gives it the ClusterRole of the same name."""
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": namespace},
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [subject],
        },
    ]
