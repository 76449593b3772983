"""What a scenario of ``istio-end-user-auth`` has set up."""

from __future__ import annotations

from dataclasses import dataclass

from gwjwt.drivers.end_user_auth import EndUserState
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.words import AppName


@dataclass
class ChainStage:
    """All of it."""

    state: EndUserState
    apps: tuple[AppName, ...] = ()
    """In the order in which one calls the other."""
    holder: Credentials = NO_TOKEN
    """A valid token of the issuer that is trusted."""

    def named(self, name: str) -> AppName:
        [found] = [each for each in self.apps if each.name == name]
        return found

    def chain_from(self, name: str) -> tuple[AppName, ...]:
        """The app and those behind it."""
        return self.apps[self.apps.index(self.named(name)) :]

    def passing(self, name: str) -> Credentials:
        """Credentials that the documentation lets through to this app now."""
        authentication = self.state.authentication
        protected = authentication is not None and authentication.app.name == name
        return self.holder if protected else NO_TOKEN
