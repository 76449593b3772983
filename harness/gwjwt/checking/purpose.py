"""What is open because somebody has said so: a policy names the very path, or the host.

A path that is only open because nothing demands a token, or because a pattern happens to take it, is open by accident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gwjwt.checking.entries import Entry
from gwjwt.checking.policies import Rule, Target, matches, names_on_purpose, operation_takes
from gwjwt.checking.surroundings import target


def purpose(rules: Sequence[Rule], entry: Entry) -> str | None:
    """The words of a policy that open this very path, or this host, to everybody; None if nobody meant it."""
    asked = target(entry)
    for rule in rules:
        for key, value in (("paths", asked.path), ("hosts", asked.host)):
            for pattern in _opening(rule, key, asked):
                if names_on_purpose(pattern, value) and not _demanded_more_closely(rules, asked, pattern):
                    return f"{rule.policy} opens {pattern}"
    return None


def _opening(rule: Rule, key: str, asked: Target) -> Iterable[str]:
    if rule.action == "DENY" and rule.demands_token:
        return [
            each for operation in rule.operations for each in operation.get(f"not{key.capitalize()}") or ()
        ]
    if rule.action == "ALLOW" and rule.takes_anonymous(asked) and not rule.the_wrong_way_round:
        taking = [each for each in rule.operations if operation_takes(each, asked)]
        return [each for operation in taking for each in operation.get(key) or ()]
    return []


def _demanded_more_closely(rules: Sequence[Rule], asked: Target, pattern: str) -> bool:
    """Whether another rule asks for a token by a narrower pattern, or for what is below this very path."""
    below = f"{asked.path.rstrip('/')}/*"
    return any(
        (each == below or matches(each, asked.path)) and len(each) > len(pattern)
        for rule in rules
        if rule.demands_token
        for operation in rule.operations
        for each in operation.get("paths") or ()
    )
