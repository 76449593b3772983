"""CustomResourceDefinitions: kinds that are served from the moment they are defined."""

import pytest

from gwjwt.environments.embedded.api.errors import Invalid, NotImplementedHere, PathNotFound
from gwjwt.environments.embedded.api.registry import built_in_resources


def definition(schema=None, **spec):
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": schema
                        or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                    },
                }
            ],
            **spec,
        },
    }


def widget(**spec):
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": "default"},
        "spec": spec,
    }


def test_a_defined_kind_is_served_at_once(store):
    made = store.create(definition())
    conditions = {one["type"]: one["status"] for one in made["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert made["status"]["acceptedNames"]["listKind"] == "WidgetList"
    assert store.create(widget(size=1))["spec"] == {"size": 1}


def test_a_kind_goes_with_its_definition_and_its_objects(store):
    store.create(definition())
    store.create(widget())
    heard = []
    store.subscribe(lambda kind, manifest, _version: heard.append((kind, manifest["kind"])))
    store.delete("CustomResourceDefinition", None, "widgets.example.com")
    assert heard == [("DELETED", "Widget"), ("DELETED", "CustomResourceDefinition")]
    with pytest.raises(PathNotFound):
        store.list("Widget")


def test_a_changed_definition_holds_from_then_on(store):
    made = store.create(definition())
    schema = {"type": "object", "properties": {"spec": {"type": "object", "required": ["size"]}}}
    versions = [{**made["spec"]["versions"][0], "schema": {"openAPIV3Schema": schema}}]
    store.replace({**made, "spec": {**made["spec"], "versions": versions}})
    with pytest.raises(Invalid, match=r"spec\.size: Required value"):
        store.create(widget())


def test_defaults_are_filled_in(store):
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "default": {},
                "properties": {
                    "size": {"type": "integer", "default": 3},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
    }
    store.create(definition(schema))
    bare = {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "bare", "namespace": "default"},
    }
    assert store.create(bare)["spec"] == {"size": 3}
    assert store.create(widget(size=None, tags=["a"]))["spec"] == {"size": 3, "tags": ["a"]}


@pytest.mark.parametrize(
    "change,complaint",
    [
        ({"names": {"kind": "Widget", "plural": "gadgets"}}, "metadata.name: Invalid value"),
        ({"versions": []}, "spec.versions in body should have at least 1 items"),
        (
            {"versions": [{"name": "v1", "served": True, "storage": False}]},
            "exactly one version marked as storage",
        ),
        (
            {"scope": "Universal"},
            'spec.scope: Unsupported value: "Universal": supported values: "Cluster", "Namespaced"',
        ),
        ({"preserveUnknownFields": True}, "spec.preserveUnknownFields"),
    ],
)
def test_a_wrong_definition_is_refused(store, change, complaint):
    with pytest.raises(Invalid) as refused:
        store.create(definition(**change))
    assert complaint in refused.value.message


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "object",
            "properties": {"spec": {"type": "object", "x-kubernetes-validations": [{"rule": "self.a > 1"}]}},
        },
        {"type": "object", "properties": {"spec": {"type": "object", "patternProperties": {}}}},
    ],
)
def test_what_cannot_be_checked_is_refused_aloud_and_nothing_is_installed(store, schema):
    with pytest.raises(NotImplementedHere, match="the embedded Kubernetes API does not support"):
        store.create(definition(schema))
    assert all(one["spec"]["group"] != "example.com" for one in store.list("CustomResourceDefinition"))
    with pytest.raises(PathNotFound):
        store.list("Widget")


def test_all_bundled_schemas_compile(store):
    for resource in [*store.registry, *built_in_resources()]:
        assert resource.schema.type == "object"
