"""What is asked of requests where an external authorizer may decide about them."""

from __future__ import annotations

import secrets

from gwjwt.environments.protocol import Environment
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.judged import JudgedRequests
from gwjwt.scene.sender import EvidenceLog, Header, Sender
from gwjwt.traffic import judgement


class AuthorizedRequests(JudgedRequests):
    """``JudgedRequests`` with a session that the environment's authorizer approves."""

    def __init__(self, environment: Environment, issuers: Issuers, log: EvidenceLog) -> None:
        super().__init__(Sender(environment, issuers, log), issuers, log)
        self._environment = environment
        self._cookie = environment.authorizer.approve(f"approved-{secrets.token_hex(4)}")

    def authorizer_adds(self, credentials: Credentials) -> None:
        """The authorizer adds this token to the requests that it approves, as a Bearer token."""
        self._added = self._sender.mint(credentials)
        self._environment.authorizer.add_token(self._added)

    def admitted_by_authorizer(self, app: str, credentials: Credentials) -> None:
        exchange = self.send(app, credentials)
        judgement.require_admitted(exchange, self.workload(app))
        judgement.require_consulted(exchange)

    def refused_after_approval(self, app: str, credentials: Credentials) -> None:
        """The authorizer lets the request pass, perhaps with a token added, and the gateway refuses it all the same."""
        exchange = self.send(app, credentials)
        judgement.require_approved(exchange)
        self.judge_refusal(app, exchange, judgement.REFUSALS)

    def sent_to_login(self, apps: str | None, credentials: Credentials) -> None:
        """The client gets the authorizer's own answer, and the workload nothing."""
        for app in self._apps(apps):
            judgement.require_login_redirect(self.send(app, credentials))

    def not_asked(self) -> None:
        """The authorizer was not asked about the last request."""
        judgement.require_not_consulted(self._sent[-1])

    def _headers(self, credentials: Credentials) -> tuple[Header, ...]:
        cookie = (("Cookie", self._cookie),) if credentials.cookie else ()
        return (*self._sender.headers(credentials), *cookie)
