"""How objects go: finalizers, namespaces, owners, preconditions."""

import pytest

from gwjwt.environments.embedded.api.deletion import Deletion
from gwjwt.environments.embedded.api.errors import Conflict, Forbidden, Invalid, NotFound


def make(store, name, namespace="default", **metadata):
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, **metadata},
    }
    return store.create(manifest)


def make_namespace(store, name):
    return store.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def owned_by(*owners):
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": one["metadata"]["name"],
            "uid": one["metadata"]["uid"],
        }
        for one in owners
    ]


def names(store, namespace=None):
    return [one["metadata"]["name"] for one in store.list("ConfigMap", namespace)]


def test_an_object_goes_at_once(store):
    make(store, "a")
    assert store.delete("ConfigMap", "default", "a").gone
    with pytest.raises(NotFound, match='configmaps "a" not found'):
        store.delete("ConfigMap", "default", "a")


def test_a_finalizer_holds_it_until_it_is_done(store):
    make(store, "a", finalizers=["example.com/hold"])
    deleted = store.delete("ConfigMap", "default", "a")
    assert not deleted.gone
    held = store.get("ConfigMap", "default", "a")
    assert held["metadata"]["deletionTimestamp"]
    more = [*held["metadata"]["finalizers"], "example.com/more"]
    with pytest.raises(Invalid, match="no new finalizers can be added if the object is being deleted"):
        store.replace({**held, "metadata": {**held["metadata"], "finalizers": more}})
    store.replace({**held, "metadata": {**held["metadata"], "finalizers": []}})
    assert names(store) == []


def test_a_second_delete_of_a_held_object_changes_nothing(store):
    make(store, "a", finalizers=["example.com/hold"])
    store.delete("ConfigMap", "default", "a")
    before = store.resource_version
    assert not store.delete("ConfigMap", "default", "a").gone
    assert store.resource_version == before


def test_only_the_object_that_was_meant_goes(store):
    made = make(store, "a")
    with pytest.raises(Conflict, match=r"the UID in the precondition \(other\)"):
        store.delete("ConfigMap", "default", "a", Deletion(uid="other"))
    with pytest.raises(Conflict, match="the ResourceVersion in the precondition"):
        store.delete("ConfigMap", "default", "a", Deletion(resource_version="1"))
    assert store.delete("ConfigMap", "default", "a", Deletion(uid=made["metadata"]["uid"])).gone


def test_a_dry_run_deletes_nothing(store):
    make(store, "a")
    store.delete("ConfigMap", "default", "a", Deletion(dry_run=True))
    assert names(store) == ["a"]


def test_a_namespace_takes_along_what_is_in_it(store):
    make_namespace(store, "one")
    make_namespace(store, "two")
    make(store, "a", "one")
    make(store, "b", "two")
    heard = []
    store.subscribe(lambda kind, manifest, _version: heard.append((kind, manifest["kind"])))
    deleted = store.delete("Namespace", None, "one")
    assert deleted.object["status"]["phase"] == "Terminating"
    assert heard == [("MODIFIED", "Namespace"), ("DELETED", "ConfigMap"), ("DELETED", "Namespace")]
    assert names(store) == ["b"]


def test_a_namespace_waits_for_the_finalizers_in_it(store):
    make_namespace(store, "one")
    make(store, "a", "one", finalizers=["example.com/hold"])
    store.delete("Namespace", None, "one")
    assert store.get("Namespace", None, "one")["status"]["phase"] == "Terminating"
    with pytest.raises(Forbidden, match="because it is being terminated"):
        make(store, "b", "one")
    held = store.get("ConfigMap", "one", "a")
    store.replace({**held, "metadata": {**held["metadata"], "finalizers": []}})
    with pytest.raises(NotFound):
        store.get("Namespace", None, "one")


def test_the_first_namespaces_stay(store):
    with pytest.raises(Forbidden, match="this namespace may not be deleted"):
        store.delete("Namespace", None, "default")


def test_an_object_takes_along_what_it_owns(store):
    owner = make(store, "owner")
    middle = make(store, "middle", ownerReferences=owned_by(owner))
    make(store, "leaf", ownerReferences=owned_by(middle))
    store.delete("ConfigMap", "default", "owner")
    assert names(store) == []


def test_an_object_with_another_owner_stays(store):
    one, two = make(store, "one"), make(store, "two")
    make(store, "shared", ownerReferences=owned_by(one, two))
    store.delete("ConfigMap", "default", "one")
    assert store.get("ConfigMap", "default", "shared")["metadata"]["ownerReferences"] == owned_by(two)
    store.delete("ConfigMap", "default", "two")
    assert names(store) == []


def test_orphans_stay(store):
    owner = make(store, "owner")
    make(store, "orphan", ownerReferences=owned_by(owner))
    store.delete("ConfigMap", "default", "owner", Deletion(orphan=True))
    assert "ownerReferences" not in store.get("ConfigMap", "default", "orphan")["metadata"]
