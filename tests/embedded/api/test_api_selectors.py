"""Label and field selectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.selectors import field_selector, label_selector

KEYS, VALUES = st.sampled_from(["a", "b", "x.io/c"]), st.sampled_from(["1", "2", ""])
LABELS = st.dictionaries(KEYS, VALUES)


def selected(text, **labels):
    selects = label_selector(text)
    return selects is None or selects({"metadata": {"labels": labels}})


@pytest.mark.parametrize(
    "text,labels,expected",
    [
        ("", {}, True),
        ("a=1", {"a": "1"}, True),
        ("a==1", {"a": "2"}, False),
        ("a!=1", {}, True),
        ("a in (1, 2)", {"a": "2"}, True),
        ("a in (1,2)", {}, False),
        ("a notin (1,2)", {}, True),
        ("a notin (1,2)", {"a": "1"}, False),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("a=", {"a": ""}, True),
        ("a in (1,2),b!=3,!c", {"a": "1", "b": "2"}, True),
        ("a in (1,2),b!=3,!c", {"a": "1", "b": "3"}, False),
        ("a>1", {"a": "2"}, True),
        ("a<1", {"a": "x"}, False),
    ],
)
def test_requirements(text, labels, expected):
    assert selected(text, **labels) is expected


@pytest.mark.parametrize(
    "text", ["a=b=c", "a in 1,2", "a in (1", "=1", "a,,b", "a b", "-a=1", "a=x y", "a=-"]
)
def test_what_cannot_be_parsed_is_refused(text):
    with pytest.raises(BadRequest, match=r"unable to parse requirement|found '.*', expected: "):
        label_selector(text)


@given(KEYS, st.sets(VALUES, min_size=1), LABELS)
def test_notin_is_the_opposite_of_in(key, values, labels):
    listed = ",".join(sorted(values))
    manifest = {"metadata": {"labels": labels}}
    assert label_selector(f"{key} in ({listed})")(manifest) is not label_selector(f"{key} notin ({listed})")(
        manifest
    )


@given(KEYS, VALUES, LABELS)
def test_equality_is_a_set_of_one(key, value, labels):
    manifest = {"metadata": {"labels": labels}}
    assert label_selector(f"{key}={value}")(manifest) is label_selector(f"{key} in ({value})")(manifest)


@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=3), LABELS)
def test_requirements_are_joined_by_and(pairs, labels):
    manifest = {"metadata": {"labels": labels}}
    text = ",".join(f"{key}={value}" for key, value in pairs)
    assert label_selector(text)(manifest) is all(labels.get(key) == value for key, value in pairs)


@given(st.text(max_size=12))
def test_any_text_is_a_selector_or_a_bad_request(text):
    try:
        selects = label_selector(text)
    except BadRequest:
        return
    assert selects is None or selects({"metadata": {}}) in {True, False}


def test_fields_that_every_kind_has(store):
    config_maps, namespaces = store.registry.of_kind("ConfigMap"), store.registry.of_kind("Namespace")
    manifest = {"metadata": {"name": "a", "namespace": "n"}}
    assert field_selector("metadata.name=a,metadata.namespace!=m", config_maps)(manifest)
    assert not field_selector("metadata.name!=a", config_maps)(manifest)
    with pytest.raises(BadRequest, match=r"field label not supported: metadata\.namespace"):
        field_selector("metadata.namespace=n", namespaces)


def test_fields_that_one_kind_has(store):
    pods = store.registry.of_kind("Pod")
    assert field_selector("status.phase=Running", pods)({"metadata": {}, "status": {"phase": "Running"}})
    with pytest.raises(BadRequest, match=r"field label not supported: status\.phase"):
        field_selector("status.phase=Running", store.registry.of_kind("Secret"))
    with pytest.raises(BadRequest, match="invalid selector"):
        field_selector("status.phase", pods)
