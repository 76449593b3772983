"""The application's end of the relation, for implementations that show it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from gwjwt.drivers.protocol import ApplicationSide, Declaration, Implementation, LibraryCall
from gwjwt.errors import ClauseViolated, Unsupported
from gwjwt.scene.policies import require_equal
from gwjwt.words import AppName, GatewayName


class ApplicationEnd:
    """What an application declares, and what its last call of the interface's library has led to."""

    def __init__(self, implementation: Implementation) -> None:
        self._implementation = implementation
        self._call: LibraryCall | None = None
        self._published = ""

    def publish(
        self, gateway: GatewayName, app: AppName, text: str, *, endpoint: str, leader: bool
    ) -> LibraryCall:
        side = self._side()
        self._published = text
        self._call = side.publish_with_library(gateway, app, text, endpoint=endpoint, leader=leader)
        return self._call

    def library_offers(self, names: Collection[str]) -> None:
        missing = sorted(set(names) - self._side().library())
        if missing:
            raise ClauseViolated(f"the library does not offer {', '.join(missing)}")

    def requires(self, endpoint: str, interface: str) -> None:
        self._declared(self._side().app_endpoint(endpoint), "requires", interface)

    def gateway_provides(self, interface: str) -> None:
        self._declared(self._side().gateway_endpoint(), "provides", interface)

    def is_limited(self, endpoint: str, limit: int) -> None:
        require_equal(f"the limit of {endpoint}", limit, self._side().app_endpoint(endpoint).limit)

    def gateway_takes_any_number(self) -> None:
        declared = self._side().gateway_endpoint()
        require_equal(f"the limit of {declared.endpoint}", None, declared.limit)

    def holds_what_was_published(self) -> None:
        """The databag holds the rules of the last call, and says nothing of fields that they do not give."""
        found = self._last().databag.get("jwt_rules")
        if found is None:
            raise ClauseViolated(f"expected jwt_rules in the databag, found {sorted(self._last().databag)}")
        require_equal("jwt_rules", json.loads(self._published), _given(json.loads(found)))

    def holds_nothing(self) -> None:
        require_equal("the databag", {}, dict(self._last().databag))

    def raised_nothing(self) -> None:
        if self._last().raised is not None:
            raise ClauseViolated(f"the call raised {self._last().raised}")

    def refused(self) -> None:
        """The call raised, and nothing was written."""
        if self._last().raised is None:
            raise ClauseViolated(f"the library took these rules and published {dict(self._last().databag)}")
        self.holds_nothing()

    def _declared(self, found: Declaration, role: str, interface: str) -> None:
        require_equal(f"the endpoint {found.endpoint}", [role, interface], [found.role, found.interface])

    def _last(self) -> LibraryCall:
        if self._call is None:
            raise ValueError("no application has published with the library yet")
        return self._call

    def _side(self) -> ApplicationSide:
        if not isinstance(self._implementation, ApplicationSide):
            raise Unsupported("the driver does not show the application's end of the relation")
        return self._implementation


def _given(value: Any) -> Any:
    """Without the nulls that stand for fields not given."""
    if isinstance(value, dict):
        return {key: _given(each) for key, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list) else value
