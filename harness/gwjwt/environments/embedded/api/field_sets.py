"""Sets of fields of an object, kept in the very form in which ``metadata.managedFields`` shows them (FieldsV1).

A set is a tree of dicts. A key is ``f:<name>`` for a field, ``k:<keys as JSON>`` or ``v:<value as JSON>`` for an item
of a list. A node that is empty, or that has the key ``.``, is a member of the set; the root never is. Sets are not
changed once they are made, so that they can share branches.

Source: Kubernetes documentation, "Server-Side Apply", and ``sigs.k8s.io/structured-merge-diff`` (fieldpath).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

FieldSet = dict[str, Any]

_SELF = "."


def is_member(node: FieldSet) -> bool:
    return not node or _SELF in node


def children(node: FieldSet) -> FieldSet:
    """The node as the root of its own set."""
    return {key: child for key, child in node.items() if key != _SELF} if _SELF in node else node


def node(*, member: bool, below: FieldSet) -> FieldSet | None:
    """A node from its parts; None when nothing is left of it."""
    if not below:
        return {} if member else None
    return {_SELF: {}, **below} if member else below


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """All members of both sets."""
    if not one:
        return other
    joined = dict(one)
    for key, theirs in other.items():
        ours = joined.get(key)
        if ours is None:
            joined[key] = theirs
        else:
            made = node(
                member=is_member(ours) or is_member(theirs), below=union(children(ours), children(theirs))
            )
            joined[key] = {} if made is None else made
    return joined


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """The members of ``one`` that are not members of ``other``; what lies below a member is not touched by it."""
    left: FieldSet = {}
    for key, ours in one.items():
        theirs = other.get(key)
        if theirs is None:
            left[key] = ours
            continue
        member = is_member(ours) and not is_member(theirs)
        made = node(member=member, below=difference(children(ours), children(theirs)))
        if made is not None:
            left[key] = made
    return left


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """The members that both sets have."""
    common: FieldSet = {}
    for key, ours in one.items():
        theirs = other.get(key)
        if theirs is None:
            continue
        member = is_member(ours) and is_member(theirs)
        made = node(member=member, below=intersection(children(ours), children(theirs)))
        if made is not None:
            common[key] = made
    return common


def without(one: FieldSet, names: frozenset[str]) -> FieldSet:
    """The set without these top-level fields and all below them."""
    dropped = {f"f:{name}" for name in names}
    return {key: child for key, child in one.items() if key not in dropped}


def paths(fields: FieldSet, prefix: str = "") -> Iterator[str]:
    """The members as the API server prints them: ``.spec.ports[port=80].name``, parents before what is below."""
    for key, child in sorted(fields.items()):
        if key == _SELF:
            continue
        path = prefix + _as_path(key)
        if is_member(child):
            yield path
        yield from paths(child, path)


def _as_path(key: str) -> str:
    kind, text = key[0], key[2:]
    if kind == "f":
        return f".{text}"
    if kind == "k":
        pairs = (f"{name}={json.dumps(value)}" for name, value in json.loads(text).items())
        return f"[{','.join(pairs)}]"
    return f"[={text}]"
