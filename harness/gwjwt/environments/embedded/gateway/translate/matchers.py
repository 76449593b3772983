"""Istio's string patterns as Envoy matchers.

Source: Istio documentation, AuthorizationPolicy: exact, prefix ``abc*``, suffix ``*abc``, presence ``*``. The
asterisk alone asks for at least one character.
"""

from __future__ import annotations

from envoy.config.route.v3 import route_components_pb2 as route
from envoy.type.matcher.v3 import metadata_pb2, path_pb2, regex_pb2, string_pb2, value_pb2

JWT_FILTER = "envoy.filters.http.jwt_authn"
PAYLOAD = "payload"
"""Key under which jwt_authn leaves the claims for the filters behind it."""


def regex(pattern: str) -> string_pb2.StringMatcher:
    return string_pb2.StringMatcher(safe_regex=regex_pb2.RegexMatcher(regex=pattern))


ANY_TEXT = regex(".+")


def text(pattern: str) -> string_pb2.StringMatcher:
    if pattern == "*":
        return ANY_TEXT
    if pattern.startswith("*"):
        return string_pb2.StringMatcher(suffix=pattern[1:])
    if pattern.endswith("*"):
        return string_pb2.StringMatcher(prefix=pattern[:-1])
    return string_pb2.StringMatcher(exact=pattern)


def header(name: str, pattern: str) -> route.HeaderMatcher:
    if pattern == "*":
        return route.HeaderMatcher(name=name, present_match=True)
    return route.HeaderMatcher(name=name, string_match=text(pattern))


def host(pattern: str) -> route.HeaderMatcher:
    """Match the ``Host`` header without regard to case."""
    matcher = header(":authority", pattern)
    if pattern != "*":
        matcher.string_match.ignore_case = True
    return matcher


def path(pattern: str) -> path_pb2.PathMatcher:
    return path_pb2.PathMatcher(path=text(pattern))


def claim(names: list[str], value: value_pb2.ValueMatcher) -> metadata_pb2.MetadataMatcher:
    """Match a claim of the validated token, nested ones by several names."""
    segment = metadata_pb2.MetadataMatcher.PathSegment
    return metadata_pb2.MetadataMatcher(
        filter=JWT_FILTER, path=[segment(key=PAYLOAD), *(segment(key=name) for name in names)], value=value
    )


def claim_text(name: str, matcher: string_pb2.StringMatcher) -> metadata_pb2.MetadataMatcher:
    return claim([name], value_pb2.ValueMatcher(string_match=matcher))


def claim_has_any(names: list[str], patterns: list[str]) -> metadata_pb2.MetadataMatcher:
    """Match a claim that is one of the values, or a list with one of them."""
    values = [value_pb2.ValueMatcher(string_match=text(pattern)) for pattern in patterns]
    one = values[0] if len(values) == 1 else _either(values)
    return claim(names, _either([value_pb2.ValueMatcher(list_match=value_pb2.ListMatcher(one_of=one)), one]))


def _either(values: list[value_pb2.ValueMatcher]) -> value_pb2.ValueMatcher:
    return value_pb2.ValueMatcher(or_match=value_pb2.OrMatcher(value_matchers=values))
