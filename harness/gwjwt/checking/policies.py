"""What AuthorizationPolicies say, read for an explanation. Never for a verdict: that is what the gateway does.

Source: Istio documentation, AuthorizationPolicy: DENY comes first; then, if there are ALLOW policies, one has to match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gwjwt.checking.local_policies import action_of
from gwjwt.checking.manifests import Found, Manifest

_PRINCIPAL = "request.auth.principal"
_CLAIMS = "request.auth."
_HEADERS = "request.headers["


@dataclass(frozen=True)
class Target:
    """The request that a rule is held against."""

    host: str
    path: str
    method: str
    port: int


@dataclass(frozen=True)
class Rule:
    """One rule of a policy."""

    policy: Found
    index: int
    content: Manifest

    def __str__(self) -> str:
        return f"{self.policy} rules[{self.index}]"

    @property
    def action(self) -> str:
        return action_of(self.policy)

    @property
    def sources(self) -> list[Manifest]:
        return [each.get("source") or {} for each in self.content.get("from") or ()]

    @property
    def operations(self) -> list[Manifest]:
        return [each.get("operation") or {} for each in self.content.get("to") or ()]

    @property
    def conditions(self) -> list[Manifest]:
        return list(self.content.get("when") or ())

    @property
    def principals(self) -> list[str]:
        """The patterns of who is let in by an ALLOW rule, or is not kept out by a DENY rule."""
        key, values = (
            ("notRequestPrincipals", "notValues")
            if self.action == "DENY"
            else ("requestPrincipals", "values")
        )
        found = [pattern for each in self.sources for pattern in each.get(key) or ()]
        of_conditions = (each for each in self.conditions if each["key"] == _PRINCIPAL)
        return [*found, *(pattern for each in of_conditions for pattern in each.get(values) or ())]

    @property
    def demands_token(self) -> bool:
        """Whether it is there to keep those out who have no token."""
        key = "notValues" if self.action == "DENY" else "values"
        claims = any(each["key"].startswith(_CLAIMS) and each.get(key) for each in self.conditions)
        return bool(self.principals) or claims

    @property
    def the_wrong_way_round(self) -> bool:
        """Whether it denies those who have a token, or allows those who have none."""
        key = "requestPrincipals" if self.action == "DENY" else "notRequestPrincipals"
        return any("*" in (each.get(key) or ()) for each in self.sources)

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        """The request headers that it goes by, in lower case, each with a value that it wants."""
        for each in self.conditions:
            if each["key"].startswith(_HEADERS) and each.get("values"):
                yield each["key"][len(_HEADERS) : -1].lower(), sample(each["values"][0])

    def concerns(self, target: Target) -> bool:
        """Whether its operations are about the request, whoever sends it."""
        return not self.operations or any(operation_takes(each, target) for each in self.operations)

    def takes_anonymous(self, target: Target) -> bool:
        """Whether it matches the request of somebody who presents nothing."""
        who = not self.sources or any(not each.get("requestPrincipals") for each in self.sources)
        return (
            who and self.concerns(target) and not any(_asks_for_something(each) for each in self.conditions)
        )


def rules_of(policy: Found, manifest: Manifest) -> list[Rule]:
    """The rules of a policy as it is enforced."""
    rules: Sequence[Manifest] = (manifest.get("spec") or {}).get("rules") or ()
    return [Rule(policy, index, each or {}) for index, each in enumerate(rules)]


def paths_in(rules: Iterable[Rule]) -> list[str]:
    """All patterns of paths that the rules name, each once."""
    operations = [each for rule in rules for each in rule.operations]
    found = (path for each in operations for key in ("paths", "notPaths") for path in each.get(key) or ())
    return list(dict.fromkeys(found))


def operation_takes(operation: Manifest, target: Target) -> bool:
    """Whether an operation matches a request."""
    values = {
        "hosts": target.host.lower(),
        "paths": target.path,
        "methods": target.method,
        "ports": str(target.port),
    }
    for key, value in values.items():
        wanted, unwanted = operation.get(key) or (), operation.get(f"not{key.capitalize()}") or ()
        fold = str.lower if key == "hosts" else str
        if wanted and not any(matches(fold(each), value) for each in wanted):
            return False
        if any(matches(fold(each), value) for each in unwanted):
            return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Istio's patterns: exact, ``abc*``, ``*abc``, and ``*`` for anything."""
    if pattern == "*":
        return bool(text)
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    return pattern == text


def sample(pattern: str) -> str:
    """A text that the pattern matches."""
    return pattern.replace("*", "gwjwt") if "*" in (pattern[:1], pattern[-1:]) else pattern


def crosses_segments(pattern: str, path: str) -> bool:
    """Whether the asterisk of a prefix takes the rest of a segment that goes on: ``/public*`` and ``/publications``."""
    if not pattern.endswith("*") or pattern == "*" or pattern[:-1].endswith("/"):
        return False
    rest = path.removeprefix(pattern[:-1])
    return path.startswith(pattern[:-1]) and rest != "" and not rest.startswith("/")


def names_on_purpose(pattern: str, path: str) -> bool:
    """Whether a pattern names this path, or what is below a path of its own, so that nobody can miss it."""
    if pattern == path:
        return True
    narrow = pattern.rstrip("*").strip("/") != ""
    return narrow and pattern.endswith("*") and matches(pattern, path) and not crosses_segments(pattern, path)


def _asks_for_something(condition: Manifest) -> bool:
    """Whether who presents nothing fails the condition; addresses are taken to fit."""
    key = condition["key"]
    return key.startswith((_CLAIMS, _HEADERS)) and bool(condition.get("values"))
