"""Which kinds the API serves right now, found by path, by type or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from gwjwt.environments.embedded.api.kinds import HABITS
from gwjwt.environments.embedded.api.resources import Column, Manifest, Resource
from gwjwt.yaml_documents import document, documents

_DEFINITIONS = Path(__file__).with_name("definitions")
_CUSTOM = (
    "gateway-api.yaml",
    "gateway-api-grpc.yaml",
    "istio-security.yaml",
    "istio-networking.yaml",
    "istio-destination-rule.yaml",
    "gloo.yaml",
)


@cache
def bundled_definitions() -> Sequence[Manifest]:
    """The CustomResourceDefinitions of the Gateway API, Istio and Gloo Mesh that the embedded API comes with."""
    definitions: list[Manifest] = []
    for file in _CUSTOM:
        definitions.extend(documents((_DEFINITIONS / file).read_text(encoding="utf-8")))
    return tuple(definitions)


@cache
def built_in_resources() -> Sequence[Resource]:
    """The kinds of Kubernetes itself."""
    definitions = document((_DEFINITIONS / "kubernetes.yaml").read_text(encoding="utf-8"))
    return [
        Resource(
            group=one.get("group", ""),
            version=one["version"],
            kind=one["kind"],
            plural=one["plural"],
            namespaced=one["scope"] == "Namespaced",
            schema_source=one["schema"],
            singular=one["singular"],
            list_kind=f"{one['kind']}List",
            short_names=tuple(one.get("shortNames", ())),
            categories=tuple(one.get("categories", ())),
            status=one.get("status", False),
            columns=tuple(Column(c["name"], c["type"], c["jsonPath"]) for c in one.get("columns", ())),
            habits=HABITS[one["kind"]],
        )
        for one in definitions
    ]


class Registry:
    """The served resources, with one index for each way to ask."""

    def __init__(self) -> None:
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_type: dict[tuple[str, str], Resource] = {}
        self._by_kind: dict[str, Resource] = {}
        self.generation = 0
        """Counts the changes of what is served, so that answers made from it can be kept until the next one."""

    def install(self, resources: Iterable[Resource]) -> None:
        """Serve these resources; an earlier one of the same group, version and plural is replaced."""
        for resource in resources:
            self._by_path[(resource.group, resource.version, resource.plural)] = resource
        self._index()

    def remove(self, group: str, plural: str) -> None:
        """No longer serve any version of this resource."""
        for key in [key for key in self._by_path if key[0] == group and key[2] == plural]:
            del self._by_path[key]
        self._index()

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_path.get((group, version, plural))

    def of_type(self, api_version: str, kind: str) -> Resource | None:
        return self._by_type.get((api_version, kind))

    def of_kind(self, kind: str) -> Resource | None:
        """The resource of a kind, in its storage version.

        A kind that several groups have (``Gateway``) is the first that was installed; ``Gateway.networking.istio.io``
        names the other.
        """
        return self._by_kind.get(kind)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def _index(self) -> None:
        self.generation += 1
        self._by_type = {(one.api_version, one.kind): one for one in self}
        self._by_kind = {}
        for one in self:
            if one.api_version == one.stored_as:
                self._by_kind.setdefault(one.kind, one)
                self._by_kind[f"{one.kind}.{one.group}"] = one
