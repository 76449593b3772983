"""The controller: watches its resources, writes the policies that they call for, and reports what it has done.

It is level-triggered. Whatever changes in a namespace, its own policies included, that namespace is compared as a
whole with what it should be, and only what differs is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import resources
from types import TracebackType
from typing import Any, Self

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.definitions import install
from gwjwt.cluster.informer import Informer
from gwjwt.cluster.writes import Apply, Write, plan
from gwjwt.errors import EnvironmentFailed
from gwjwt.reference.faults import Fault, Situation
from gwjwt.reference.policies import LABELS, Manifest, desired, is_trusted, resource_name
from gwjwt.reference.resources import API_VERSION, FINALIZER, ForwardAuth, Relation, State
from gwjwt.waiting import Deadlines
from gwjwt.yaml_documents import documents

_MANAGER = "reference-controller"
_ISTIO = "security.istio.io/v1"
_NOT_VALID = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


class ReferenceController:
    """Runs in threads of this process for as long as its context is open."""

    def __init__(
        self, cluster: Cluster, fault: Fault | None = None, deadlines: Deadlines | None = None
    ) -> None:
        self._cluster, self._fault = cluster, fault
        self._deadlines = deadlines or Deadlines()
        self._rejections: dict[str, tuple[str | None, str]] = {}
        self._stack = ExitStack()
        self._dirty: set[str] = set()
        self._wake = threading.Condition()
        self._stopping = False
        self._failure: EnvironmentFailed | None = None
        self._on_end: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            install(self._cluster, _own_definitions(), _MANAGER, self._deadlines.start)
            self._relations = starting.enter_context(self._follow(API_VERSION, "JWTRelation"))
            self._forward_auths = starting.enter_context(self._follow(API_VERSION, "ForwardAuth"))
            self._authentications = starting.enter_context(
                self._follow(_ISTIO, "RequestAuthentication", LABELS)
            )
            self._authorizations = starting.enter_context(self._follow(_ISTIO, "AuthorizationPolicy", LABELS))
            worker = threading.Thread(target=self._work, name="gwjwt-reference", daemon=True)
            worker.start()
            starting.callback(worker.join)
            starting.callback(self._stop)
            self._stack = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` when the controller cannot work any more because the API has gone."""
        if self._failure:
            raise self._failure
        for informer in (self._relations, self._forward_auths, self._authentications, self._authorizations):
            informer.check()

    def when_it_ends(self, callback: Callable[[], None]) -> None:
        """Call back from the controller's own thread when it has to give up."""
        self._on_end.append(callback)

    def _follow(self, api_version: str, kind: str, labels: dict[str, str] | None = None) -> Informer:
        return Informer(self._cluster, api_version, kind, labels, on_change=self._mark)

    def _mark(self, changed: Object) -> None:
        with self._wake:
            self._dirty.add(changed["metadata"]["namespace"])
            self._wake.notify()

    def _stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._dirty or self._stopping)
                if self._stopping:
                    return
                namespace = self._dirty.pop()
            try:
                self._reconcile(namespace)
            except EnvironmentFailed as failed:
                self._failure = failed
                for callback in self._on_end:
                    callback()
                return

    def _reconcile(self, namespace: str) -> None:
        """Bring one namespace to where it should be; what the API refuses is told in the conditions."""
        relations = self._relations.in_namespace(namespace)
        forward_auths = self._forward_auths.in_namespace(namespace)
        refused = None
        try:
            for resource in (*relations, *forward_auths):
                self._hold(resource)
            state = self._enforce(namespace, relations, forward_auths)
        except ApiRefused as error:
            if _is_vanishing(error):
                return  # the namespace or the resource is being deleted; its events bring us back
            refused, state = error, self._state(relations, forward_auths)
        for resource in (*relations, *forward_auths):
            self._report(resource, state, refused)

    def _enforce(self, namespace: str, relations: list[Object], forward_auths: list[Object]) -> State:
        """Write until nothing differs. Rules that the API server rejects count as malformed from then on."""
        while True:
            state = self._state(relations, forward_auths)
            existing = [
                *self._authentications.in_namespace(namespace),
                *self._authorizations.in_namespace(namespace),
            ]
            wanted = desired(state)
            if self._fault:
                wanted = self._fault.apply(Situation(state, existing, wanted))
            writes = plan(_by_reference(existing), _by_reference(wanted))
            for write in self._fault.order(writes) if self._fault else writes:
                try:
                    self._perform(write)
                except ApiRefused as refusal:
                    if not self._is_rejection(write, refusal, relations):
                        raise
                    break
            else:
                return state

    def _state(self, relations: list[Object], forward_auths: list[Object]) -> State:
        return State(
            tuple(Relation.of(each, self._rejection(each)) for each in relations if not _is_leaving(each)),
            tuple(ForwardAuth.of(each) for each in forward_auths if not _is_leaving(each)),
        )

    def _perform(self, write: Write) -> None:
        if isinstance(write, Apply):
            self._cache_of(write.manifest["kind"]).remember(self._cluster.apply(write.manifest, _MANAGER))
        else:
            self._cluster.delete(write.reference)
            self._cache_of(write.reference.kind).forget(write.reference)

    def _cache_of(self, kind: str) -> Informer:
        return self._authentications if kind == "RequestAuthentication" else self._authorizations

    def _is_rejection(self, write: Write, refusal: ApiRefused, relations: list[Object]) -> bool:
        """Whether the API server found an application's rules invalid; notes it until they are published anew."""
        if not isinstance(write, Apply) or refusal.status not in _NOT_VALID:
            return False
        name = write.manifest["metadata"]["name"]
        for resource in relations:
            if resource_name(Relation.of(resource)) == name and not _is_leaving(resource):
                published = resource["spec"].get("published")
                self._rejections[resource["metadata"]["uid"]] = (published, refusal.message)
                return True
        return False

    def _rejection(self, resource: Object) -> str | None:
        published, message = self._rejections.get(resource["metadata"]["uid"], (None, None))
        return message if published == resource["spec"].get("published") else None

    def _hold(self, resource: Object) -> None:
        """Make sure that the resource stays until its policies have been taken away."""
        finalizers = resource["metadata"].get("finalizers", [])
        if not _is_leaving(resource) and FINALIZER not in finalizers:
            self._set_finalizers(resource, [*finalizers, FINALIZER])

    def _report(self, resource: Object, state: State, refused: ApiRefused | None) -> None:
        try:
            if not _is_leaving(resource):
                condition = _condition(resource, state, refused)
                self._write_condition(resource, self._fault.report(condition) if self._fault else condition)
            elif refused is None:
                self._release(resource)
        except ApiRefused as refusal:
            if not _is_vanishing(refusal):
                raise EnvironmentFailed("reference controller", str(refusal)) from refusal

    def _release(self, resource: Object) -> None:
        finalizers = resource["metadata"].get("finalizers", [])
        if FINALIZER in finalizers:
            self._set_finalizers(resource, [each for each in finalizers if each != FINALIZER])
            self._rejections.pop(resource["metadata"]["uid"], None)

    def _set_finalizers(self, resource: Object, finalizers: list[str]) -> None:
        written = self._cluster.merge(Reference.of(resource), {"metadata": {"finalizers": finalizers}})
        self._remember(resource, written)

    def _write_condition(self, resource: Object, condition: Manifest) -> None:
        present = resource.get("status", {}).get("conditions", [])
        if any(condition.items() <= each.items() for each in present):
            return
        stamped = {**condition, "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        written = self._cluster.patch_status(Reference.of(resource), {"conditions": [stamped]})
        self._remember(resource, written)

    def _remember(self, resource: Object, written: Object) -> None:
        cache = self._relations if written["kind"] == "JWTRelation" else self._forward_auths
        cache.remember(written)
        if _is_leaving(written) != _is_leaving(resource) or _generation(written) != _generation(resource):
            self._mark(written)  # an operator was faster than our answer


def _own_definitions() -> Iterator[Manifest]:
    folder = resources.files("gwjwt.reference") / "definitions"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        yield from documents(file.read_text(encoding="utf-8"))


def _condition(resource: Object, state: State, refused: ApiRefused | None) -> Manifest:
    if refused:
        status, reason, message = "False", "RejectedByApi", refused.message
    elif resource["kind"] == "ForwardAuth":
        status, reason, message = "True", *_decider(resource)
    else:
        status, reason, message = "True", *_outcome(resource, state)
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": _generation(resource),
    }


def _outcome(resource: Object, state: State) -> tuple[str, str]:
    of_resource = Relation.of(resource)
    relation = next(each for each in state.relations_of(of_resource.gateway) if each.app == of_resource.app)
    if relation.reading.rules and not is_trusted(state, relation):
        return "NameTaken", f"another relation holds the name {resource_name(relation)}; no rules are applied"
    return relation.reading.reason, relation.reading.message


def _decider(resource: Object) -> tuple[str, str]:
    provider = resource["spec"].get("provider")
    if provider is None:
        return "NoProvider", "the provider has not said where it decides"
    return "ProviderApplied", f"the provider {provider} decides"


def _by_reference(policies: list[Any]) -> dict[Reference, Manifest]:
    """By name, and with nothing but what the controller itself writes."""
    return {
        Reference.of(each): {
            "apiVersion": each["apiVersion"],
            "kind": each["kind"],
            "metadata": {key: each["metadata"].get(key) for key in ("name", "namespace", "labels")},
            "spec": each["spec"],
        }
        for each in policies
    }


def _is_leaving(resource: Object) -> bool:
    return "deletionTimestamp" in resource["metadata"]


def _generation(resource: Object) -> int:
    return int(resource["metadata"]["generation"])


def _is_vanishing(refusal: ApiRefused) -> bool:
    """Not found, or forbidden because the namespace is being deleted."""
    return refusal.status == HTTPStatus.NOT_FOUND or "being terminated" in refusal.message
