"""The differences between environments that are explained: counted in every comparison, and never more than that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class KnownDifference:
    """One part of a request that reads differently on two environments, and why it has to."""

    name: str
    where: str
    part: str
    """As ``gwjwt.differential.parts`` names it."""
    forms: Mapping[str, str]
    """By environment, the pattern of the whole value there; any other value is a difference like all others."""
    reason: str

    def explains(self, part: str, *sides: tuple[str, tuple[str, ...]]) -> bool:
        """Whether the sides, each an environment and its values, differ in the way that is known."""
        return part == self.part and all(self._has_form(environment, found) for environment, found in sides)

    def _has_form(self, environment: str, values: tuple[str, ...]) -> bool:
        form = self.forms.get(environment)
        return form is not None and len(values) == 1 and re.fullmatch(form, values[0]) is not None


KNOWN = (
    KnownDifference(
        name="server",
        where="answer to the client",
        part="client header server",
        forms={"embedded": "istio-envoy", "local-istio": r"gwjwt-[0-9a-f]{6}-\d+"},
        reason="on local-istio it is the suite's own mark, by which it finds out what is live",
    ),
    KnownDifference(
        name="port of a sidecar",
        where="answer to the client",
        part="client header x-envoy-decorator-operation",
        forms={
            "embedded": r"[^.:/]+\.[^.:/]+\.svc\.cluster\.local:80/\*",
            "local-istio": r"[^.:/]+\.[^.:/]+:\d+/\*",
        },
        reason="on local-istio nothing redirects a call to a sidecar: a Sidecar opens a port, and that one it names",
    ),
)
