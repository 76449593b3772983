"""Reading label selectors: ``a=b, c in (d, e), !f``, with the API server's words for what cannot be read.

Source: Kubernetes documentation, "Labels and Selectors", and ``k8s.io/apimachinery/pkg/labels`` (selector.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.names import label_key_problems, label_value_problems

LabelTest = Callable[[Mapping[str, str]], bool]

_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_SPECIAL = {"==", "!=", "=", "!", "<", ">", "(", ")", ","}
_EQUAL = {"=": "=", "==": "=", "!=": "!="}
_WHOLE = re.compile(r"[+-]?[0-9]+")


def requirements(text: str) -> list[LabelTest]:
    """The tests that labels have to pass, all of them.

    Raises:
        BadRequest: the selector cannot be read.
    """
    return _Parser(text).requirements()


class _Parser:
    """The tokens of a selector, read from left to right; at the end there are empty ones."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def requirements(self) -> list[LabelTest]:
        tests: list[LabelTest] = []
        if self._next in _SPECIAL - {"!"}:
            raise BadRequest(f"found '{self._next}', expected: !, identifier, or 'end of string'")
        while self._next:
            tests.append(self._requirement())
            found = self._take()
            if not found:
                break
            if found != ",":
                raise BadRequest(f"found '{found}', expected: ',' or 'end of string'")
            if not _is_word(self._next) and self._next != "!":
                raise BadRequest(f"found '{self._next}', expected: identifier after ','")
        return tests

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next
        self._at += 1
        return token

    def _requirement(self) -> LabelTest:
        absent = self._next == "!"
        if absent:
            self._take()
        key = self._take()
        if not _is_word(key):
            raise _unreadable(f"found '{key}', expected: identifier")
        _check("<nil>", key, label_key_problems(key))
        if absent or self._next in {"", ","}:
            return lambda labels: (key in labels) is not absent
        operator = self._take()
        if operator in {"in", "notin"}:
            return self._membership(key, wanted=operator == "in")
        if operator in _EQUAL:
            value = self._value()
            _check(f"values[0][{key}]", value, label_value_problems(value))
            return _equals(key, value, wanted=_EQUAL[operator] == "=")
        if operator in {"<", ">"}:
            return _orders(key, operator, self._value())
        raise _unreadable(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")

    def _value(self) -> str:
        """The one value behind an operator, which may be nothing at the end or before a comma."""
        if self._next in {"", ","}:
            return ""
        value = self._take()
        if not _is_word(value):
            raise _unreadable(f"found '{value}', expected: identifier")
        return value

    def _membership(self, key: str, *, wanted: bool) -> LabelTest:
        opening = self._take()
        if opening != "(":
            raise _unreadable(f"found '{opening}' expected: '('")
        values = self._values()
        for index, value in enumerate(sorted(values)):
            _check(f"values[{index}][{key}]", value, label_value_problems(value))
        return lambda labels: (labels.get(key) in values) is wanted

    def _values(self) -> set[str]:
        values: set[str] = set()
        while True:
            token = self._next
            if _is_word(token):
                values.add(self._take())
            elif token in {",", ")"}:
                values.add("")
            else:
                raise _unreadable(f"found '{token}', expected: ',', ')' or identifier")
            closing = self._take()
            if closing == ")":
                return values
            if closing != ",":
                raise _unreadable(f"found '{closing}', expected: ',' or ')'")


def _is_word(token: str) -> bool:
    return bool(token) and token not in _SPECIAL


def _equals(key: str, value: str, *, wanted: bool) -> LabelTest:
    return lambda labels: (labels.get(key) == value) is wanted


def _orders(key: str, operator: str, bound: str) -> LabelTest:
    if not _WHOLE.fullmatch(bound):
        detail = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise _unreadable(f'values[0]: Invalid value: "{bound}": {detail}')

    def test(labels: Mapping[str, str]) -> bool:
        value = labels.get(key, "")
        if not _WHOLE.fullmatch(value):
            return False
        return int(value) > int(bound) if operator == ">" else int(value) < int(bound)

    return test


def _check(where: str, value: str, problems: list[str]) -> None:
    if problems:
        raise _unreadable(f'{where}: Invalid value: "{value}": {"; ".join(problems)}')


def _unreadable(why: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: {why}")
