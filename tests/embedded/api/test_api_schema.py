"""Structural schemas: validation in the API server's words, pruning, defaulting."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.environments.embedded.api.pruning import conform
from gwjwt.environments.embedded.api.schema import as_python_pattern, compile_schema
from gwjwt.environments.embedded.api.validation import validate


def complaints(schema, value):
    wrapped = compile_schema({"type": "object", "properties": {"f": schema}})
    return [str(error) for error in validate(wrapped, {"f": value})]


@pytest.mark.parametrize(
    "schema,value,complaint",
    [
        ({"type": "string"}, 1, 'f: Invalid value: "integer": f in body must be of type string: "integer"'),
        (
            {"type": "integer"},
            True,
            'f: Invalid value: "boolean": f in body must be of type integer: "boolean"',
        ),
        ({"type": "integer"}, 1.5, 'f: Invalid value: "number": f in body must be of type integer: "number"'),
        ({"type": "object"}, None, 'f: Invalid value: "null": f in body must be of type object: "null"'),
        (
            {"type": "integer", "minimum": 1},
            0,
            "f: Invalid value: 0: f in body should be greater than or equal to 1",
        ),
        (
            {"type": "integer", "maximum": 1},
            2,
            "f: Invalid value: 2: f in body should be less than or equal to 1",
        ),
        (
            {"type": "integer", "maximum": 2, "exclusiveMaximum": True},
            2,
            "f: Invalid value: 2: f in body should be less than 2",
        ),
        ({"type": "integer", "multipleOf": 2}, 3, "f: Invalid value: 3: f in body should be a multiple of 2"),
        ({"type": "string", "pattern": "^a$"}, "b", "f: Invalid value: \"b\": f in body should match '^a$'"),
        (
            {"type": "string", "minLength": 2},
            "a",
            'f: Invalid value: "a": f in body should be at least 2 chars long',
        ),
        ({"type": "string", "maxLength": 1}, "ab", "f: Too long: may not be more than 1 byte"),
        ({"type": "array", "minItems": 1}, [], "f: Invalid value: 0: f in body should have at least 1 items"),
        ({"type": "array", "maxItems": 1}, [1, 2], "f: Too many: 2: must have at most 1 item"),
        (
            {"type": "object", "minProperties": 1, "additionalProperties": True},
            {},
            "f: Invalid value: 0: f in body should have at least 1 properties",
        ),
        (
            {"type": "string", "enum": ["a", "b"]},
            "c",
            'f: Unsupported value: "c": supported values: "a", "b"',
        ),
        (
            {"type": "string", "format": "date-time"},
            "today",
            'f: Invalid value: "today": f in body must be of type date-time: "today"',
        ),
        (
            {"type": "string", "format": "ipv4"},
            "1.2.3.256",
            'f: Invalid value: "1.2.3.256": f in body must be of type ipv4: "1.2.3.256"',
        ),
        (
            {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            ["a", "a"],
            'f[1]: Duplicate value: "a"',
        ),
        (
            {
                "type": "array",
                "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
            [{"name": "a"}, {"name": "a"}],
            'f[1]: Duplicate value: {"name":"a"}',
        ),
        (
            {
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                "type": "object",
                "additionalProperties": True,
            },
            {"a": 1, "b": 1},
            '<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives',
        ),
        (
            {"not": {"required": ["a"]}, "type": "object", "additionalProperties": True},
            {"a": 1},
            '<nil>: Invalid value: "": "f" must not validate the schema (not)',
        ),
    ],
)
def test_a_complaint_is_worded_as_the_api_server_does(schema, value, complaint):
    assert complaints(schema, value) == [complaint]


@pytest.mark.parametrize(
    "keyword, problem",
    [
        ("anyOf", "must validate at least one schema (anyOf)"),
        ("oneOf", "must validate one and only one schema (oneOf). Found none valid"),
    ],
)
def test_where_no_alternative_fits_it_is_said_what_the_nearest_one_lacks(keyword, problem):
    alternatives = [{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}, {"required": ["c"]}]
    schema = {"type": "object", "additionalProperties": True, keyword: alternatives}
    assert complaints(schema, {"b": 5}) == [
        f'<nil>: Invalid value: "": "f" {problem}',
        'f.b: Invalid value: "integer": f.b in body must be of type string: "integer"',
    ]


def test_an_object_that_breaks_one_of_all_schemas_is_told_so_and_why():
    both = [{"required": ["a"]}, {"required": ["b"]}]
    schema = {"type": "object", "additionalProperties": True, "allOf": both}
    assert complaints(schema, {"a": 1}) == [
        '<nil>: Invalid value: "": "f" must validate all the schemas (allOf)',
        "f.b: Required value",
    ]


@pytest.mark.parametrize(
    "kind, value, fits",
    [
        ("ipv4", "1.2.3.4", True),
        ("ipv4", "01.2.3.4", True),
        ("ipv4", "1.2.3", False),
        ("ipv4", "::1", False),
        ("ipv6", "fe80::1", True),
        ("ipv6", "::ffff:1.2.3.4", True),
        ("ipv6", "fe80::1%eth0", False),
        ("ipv6", "1.2.3.4", False),
    ],
)
def test_an_address_is_read_as_the_api_server_reads_it(kind, value, fits):
    assert (complaints({"type": "string", "format": kind}, value) == []) is fits


@pytest.mark.parametrize(
    "schema,value",
    [
        ({"type": "string", "nullable": True}, None),
        ({"x-kubernetes-int-or-string": True}, "80"),
        ({"x-kubernetes-int-or-string": True}, 80),
        ({"type": "number"}, 1),
        ({"type": "integer"}, 2.0),
        ({"type": "string", "format": "date-time"}, "2025-01-01T00:00:00Z"),
        ({"type": "string", "maxLength": 2}, "äö"),
        ({"allOf": [{"required": ["a"]}], "type": "object", "additionalProperties": True}, {"a": 1}),
    ],
)
def test_what_fits_draws_no_complaint(schema, value):
    assert complaints(schema, value) == []


def test_rules_wait_until_the_rest_is_valid():
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "string"},
            "b": {
                "type": "string",
                "x-kubernetes-validations": [{"rule": "self.size() == 0", "message": "none"}],
            },
        },
    }
    assert complaints(schema, {"a": "", "b": "x"}) == ['f.b: Invalid value: "string": none']
    first, second = complaints(schema, {"b": "x"})
    assert first == "f.a: Required value"
    assert second.startswith("<nil>: Invalid value: null: some validation rules were not checked")


@given(st.text(alphabet="ab\n$", max_size=5))
def test_a_dollar_is_the_very_end_as_in_go(text):
    pattern = re.compile(as_python_pattern("^[a$]*$"))
    assert bool(pattern.search(text)) == all(character in "a$" for character in text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
SHAPE = compile_schema(
    {
        "type": "object",
        "properties": {
            "a": {
                "type": "object",
                "properties": {"b": {"type": "string", "default": "x"}, "c": {"type": "integer"}},
            },
            "b": {
                "type": "array",
                "items": {"type": "object", "properties": {"a": {"type": "boolean", "default": False}}},
            },
            "c": {"type": "object", "additionalProperties": {"type": "string"}},
            "d": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
)


@given(st.dictionaries(st.sampled_from("abcde"), JSON, max_size=5))
def test_conforming_is_done_once_and_for_all(value):
    unknown = []
    once = conform(SHAPE, value, "", unknown)
    again = []
    assert conform(SHAPE, once, "", again) == once
    assert again == []
    assert ("e" in value) == ("e" in unknown)


@given(st.dictionaries(st.sampled_from("abcde"), JSON, max_size=5))
def test_validation_answers_whatever_it_is_given(value):
    for error in validate(SHAPE, value):
        assert error.field
        assert error.body
