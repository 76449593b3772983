#!/usr/bin/env python3
"""A charm that publishes the JWT rules in its configuration with the library of the interface."""

from __future__ import annotations

import json

import ops
from charmlibs.interfaces.istio_request_auth import IstioRequestAuthRequirer, JWTRule


class ApplicationCharm(ops.CharmBase):
    """As the guide has it: publish when the configuration or the relation changes, leader or not."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        endpoint = str(self.config["endpoint"])
        self.request_auth = IstioRequestAuthRequirer(self, relation_name=endpoint)
        framework.observe(self.on[endpoint].relation_changed, self._publish)
        framework.observe(self.on.config_changed, self._publish)

    def _publish(self, _: ops.EventBase) -> None:
        if rules := str(self.config["jwt-rules"]):
            self.request_auth.publish_data([JWTRule.model_validate(rule) for rule in json.loads(rules)])


if __name__ == "__main__":
    ops.main(ApplicationCharm)
