"""Server-side apply: who owns what, conflicts, and what goes when nobody owns it any more."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gwjwt.environments.embedded.api.errors import ApplyConflict, BadRequest
from gwjwt.environments.embedded.api.field_sets import difference, intersection, paths, union
from gwjwt.environments.embedded.api.managed_fields import Manager, after_update, apply
from gwjwt.environments.embedded.api.schema import compile_schema
from gwjwt.environments.embedded.api.structured_merge import compare, fields_of, merge
from gwjwt.environments.embedded.api.write_options import WriteOptions


def config_map(**data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cm", "namespace": "default"},
        "data": data,
    }


def as_manager(name):
    return WriteOptions(manager=name)


def owners(manifest):
    return {entry["manager"]: entry["fieldsV1"] for entry in manifest["metadata"]["managedFields"]}


def test_an_applier_owns_what_it_states(store):
    made = store.apply(
        {**config_map(a="1"), "metadata": {"name": "cm", "labels": {"l": "x"}}}, as_manager("one")
    )
    entry = made["metadata"]["managedFields"][0]
    assert (entry["manager"], entry["operation"], entry["apiVersion"], entry["fieldsType"]) == (
        "one",
        "Apply",
        "v1",
        "FieldsV1",
    )
    assert entry["fieldsV1"] == {"f:data": {"f:a": {}}, "f:metadata": {"f:labels": {"f:l": {}}}}


def test_another_appliers_value_is_a_conflict_unless_forced(store):
    store.apply(config_map(a="1"), as_manager("one"))
    with pytest.raises(ApplyConflict) as refused:
        store.apply(config_map(a="2"), as_manager("two"), force=False)
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "one": .data.a'
    assert refused.value.status["details"] == {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.a"}]
    }
    forced = store.apply(config_map(a="2"), as_manager("two"))
    assert owners(forced) == {"two": {"f:data": {"f:a": {}}}}


def test_several_conflicts_are_listed_by_manager(store):
    store.apply(config_map(a="1", b="1"), as_manager("one"))
    store.create(
        {**config_map(c="1"), "metadata": {"name": "other", "namespace": "default"}}, as_manager("updater")
    )
    with pytest.raises(ApplyConflict) as refused:
        store.apply(config_map(a="2", b="2"), as_manager("two"), force=False)
    assert (
        refused.value.message == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b'
    )


def test_a_conflict_with_an_updater_names_its_version(store):
    store.create(config_map(a="1"), as_manager("kubectl-create"))
    with pytest.raises(ApplyConflict, match=r'conflict with "kubectl-create" using v1: \.data\.a'):
        store.apply(config_map(a="2"), as_manager("one"), force=False)


def test_the_same_value_is_shared(store):
    store.apply(config_map(a="1"), as_manager("one"))
    shared = store.apply(config_map(a="1"), as_manager("two"), force=False)
    assert set(owners(shared)) == {"one", "two"}
    left = store.apply(config_map(), as_manager("one"))
    assert left["data"] == {"a": "1"}
    assert set(owners(left)) == {"two"} or owners(left)["one"] == {"f:data": {}}


def test_what_an_applier_leaves_out_goes(store):
    store.apply(config_map(a="1", b="2"), as_manager("one"))
    left = store.apply(config_map(a="1"), as_manager("one"))
    assert left["data"] == {"a": "1"}


def test_what_another_writer_set_stays(store):
    made = store.apply(config_map(a="1"), as_manager("one"))
    store.replace({**made, "data": {"a": "1", "b": "2"}}, as_manager("updater"))
    left = store.apply(config_map(c="3"), as_manager("one"))
    assert left["data"] == {"b": "2", "c": "3"}


def test_applying_the_same_again_is_no_write(store):
    store.apply(config_map(a="1"), as_manager("one"))
    before = store.resource_version
    store.apply(config_map(a="1"), as_manager("one"))
    assert store.resource_version == before


def test_an_update_takes_the_fields_that_it_changes(store):
    made = store.apply(config_map(a="1", b="1"), as_manager("one"))
    changed = store.replace({**made, "data": {"a": "2", "b": "1"}}, as_manager("two"))
    assert owners(changed) == {"one": {"f:data": {"f:b": {}}}, "two": {"f:data": {"f:a": {}}}}


def test_a_created_object_belongs_to_its_creator(store):
    made = store.create(
        {**config_map(a="1"), "metadata": {"name": "cm", "labels": {"l": "x"}}}, as_manager("one")
    )
    assert owners(made)["one"] == {
        "f:data": {".": {}, "f:a": {}},
        "f:metadata": {"f:labels": {".": {}, "f:l": {}}},
    }


def test_a_configuration_brings_no_owners(store):
    manifest = config_map()
    manifest["metadata"]["managedFields"] = [{"manager": "x", "operation": "Apply"}]
    with pytest.raises(BadRequest, match=r"metadata\.managedFields must be nil"):
        store.apply(manifest, as_manager("one"))


def gateway(*listeners):
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": "default"},
        "spec": {"gatewayClassName": "istio", "listeners": list(listeners)},
    }


def test_items_of_a_keyed_list_belong_to_those_who_state_them(store):
    http, tls = (
        {"name": "http", "port": 80, "protocol": "HTTP"},
        {"name": "tls", "port": 443, "protocol": "HTTPS"},
    )
    store.apply(gateway(http), as_manager("one"))
    both = store.apply(gateway(tls), as_manager("two"), force=False)
    assert [one["name"] for one in both["spec"]["listeners"]] == ["http", "tls"]
    assert owners(both)["two"]["f:spec"]["f:listeners"] == {
        'k:{"name":"tls"}': {".": {}, "f:name": {}, "f:port": {}, "f:protocol": {}}
    }
    left = store.apply(gateway(), as_manager("two"))
    assert [one["name"] for one in left["spec"]["listeners"]] == ["http"]


def test_an_atomic_list_has_one_owner(store):
    policy = {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "ra", "namespace": "default"},
        "spec": {"jwtRules": [{"issuer": "a"}]},
    }
    store.apply(policy, as_manager("one"))
    with pytest.raises(ApplyConflict, match=r'conflict with "one": .spec.jwtRules'):
        store.apply({**policy, "spec": {"jwtRules": [{"issuer": "b"}]}}, as_manager("two"), force=False)


def test_the_status_is_applied_apart(store):
    store.apply(gateway({"name": "http", "port": 80, "protocol": "HTTP"}), as_manager("one"))
    resource = store.registry.of_kind("Gateway")
    body = {**gateway(), "status": {"addresses": [{"value": "127.0.0.1"}]}}
    applied, _ = store.apply_in(
        resource, "default", "g", body, as_manager("controller"), force=True, status=True
    )
    assert applied["status"]["addresses"] == [{"value": "127.0.0.1", "type": "IPAddress"}]
    assert applied["spec"]["listeners"][0]["name"] == "http"
    entry = next(one for one in applied["metadata"]["managedFields"] if one["manager"] == "controller")
    assert entry["subresource"] == "status"
    assert entry["fieldsV1"] == {"f:status": {"f:addresses": {}}}


SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
            "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            "atomic": {"type": "array", "items": {"type": "integer"}},
            "keyed": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "a": {"type": "integer"},
                        "b": {"type": "integer"},
                    },
                },
            },
        },
    }
)
NUMBERS = st.integers(0, 2)
ITEM = st.fixed_dictionaries({"name": st.sampled_from("xyz")}, optional={"a": NUMBERS, "b": NUMBERS})
OBJECT = st.fixed_dictionaries(
    {},
    optional={
        "map": st.dictionaries(st.sampled_from("pqr"), NUMBERS, min_size=1),
        "set": st.lists(st.sampled_from("uvw"), unique=True, min_size=1),
        "atomic": st.lists(NUMBERS, min_size=1, max_size=2),
        "keyed": st.lists(ITEM, unique_by=lambda item: item["name"], min_size=1),
    },
)


def applied(live, configuration, known, name):
    return apply(
        SCHEMA,
        live,
        configuration,
        known,
        Manager(name, "Apply", "v1"),
        force=True,
        ignored=frozenset(),
        now="2025-01-01T00:00:00Z",
    )


def sorted_lists(value):
    """Sets and keyed lists without their order."""
    return {
        name: sorted(child, key=lambda item: json.dumps(item, sort_keys=True))
        if name in {"set", "keyed"}
        else child
        for name, child in value.items()
        if child
    }


@given(OBJECT)
def test_applying_to_nothing_gives_the_configuration(configuration):
    assert applied({}, configuration, {}, "one").fields == configuration


@given(OBJECT, OBJECT)
def test_one_applier_alone_gets_exactly_what_it_states(first, second):
    before = applied({}, first, {}, "one")
    after = applied(before.fields, second, before.owners, "one")
    assert sorted_lists(after.fields) == sorted_lists(second)


@given(OBJECT, OBJECT)
def test_applying_twice_changes_nothing(first, second):
    before = applied({}, first, {}, "one")
    after = applied(before.fields, second, before.owners, "two")
    again = applied(after.fields, second, after.owners, "two")
    assert again == after


@given(OBJECT, OBJECT)
def test_a_forced_apply_has_all_that_it_states(first, second):
    before = applied({}, first, {}, "one")
    after = applied(before.fields, second, before.owners, "two")
    assert merge(SCHEMA, after.fields, second) == after.fields
    (mine,) = [owner.fields for owner in after.owners.values() if owner.manager.name == "two"] or [{}]
    assert mine == fields_of(SCHEMA, second)


@given(OBJECT, OBJECT)
def test_an_applier_that_gives_all_up_leaves_only_the_others_fields(first, second):
    before = applied({}, first, {}, "one")
    both = applied(before.fields, second, before.owners, "two")
    left = applied(both.fields, {}, both.owners, "one")
    remains = fields_of(SCHEMA, left.fields)
    assert difference(fields_of(SCHEMA, second), remains) == {}


def in_any_order(value):
    """The order of a set's members belongs to nobody (structured-merge-diff, ``Compare``)."""
    return {**value, "set": sorted(value["set"])} if "set" in value else value


@given(OBJECT, OBJECT)
@example({"set": ["u", "w", "v"]}, {"set": ["u", "v", "w"]})
def test_an_updater_owns_what_it_changed(old, new):
    changes = compare(SCHEMA, old, new)
    manager = Manager("updater", "Update", "v1")
    result = after_update({}, changes, manager, frozenset(), "now")
    mine = result[manager.identity].fields if result else {}
    assert mine == changes.set_fields
    assert (in_any_order(old) == in_any_order(new)) == (not mine and not changes.removed)


@given(OBJECT, OBJECT)
def test_sets_of_fields_keep_the_laws_of_sets(one, other):
    a, b = fields_of(SCHEMA, one), fields_of(SCHEMA, other)
    members = lambda fields: set(paths(fields))  # noqa: E731 - one word for three lines
    assert members(union(a, b)) == members(a) | members(b)
    assert members(intersection(a, b)) == members(a) & members(b)
    assert members(difference(a, b)) == members(a) - members(b)
