"""Deliberate mistakes of a charm: each is caught by a scenario that carries the clause which it violates."""

from __future__ import annotations

import pytest

from gwjwt.drivers.charm.application_side import BUNDLED as APPLICATION
from gwjwt.faults.catalogue import OF_A_CHARM

CHARM, MANIFESTS = "src/charm.py", "src/manifests.py"

OF_THE_INGRESS = {
    "deny policy left out": (
        "CHARM-DENY-02",
        CHARM,
        "        if self.request_auth.get_connected_apps():\n",
        "        if False:\n",
    ),
    "deny policy only beside valid rules": (
        "CHARM-MALFORMED-01",
        CHARM,
        "if self.request_auth.get_connected_apps()",
        "if rules",
    ),
    "names the other way round": (
        "CHARM-NAME-01",
        MANIFESTS,
        'f"request-auth-{app}-{self.app}"',
        'f"request-auth-{self.app}-{app}"',
    ),
    "a broken relation not noticed": (
        "CHARM-REMOVE-03",
        CHARM,
        "self.on[endpoint].relation_broken",
        "self.on[endpoint].relation_joined",
    ),
    "a new publication not noticed": (
        "CHARM-REQ-02",
        CHARM,
        "self.on[endpoint].relation_changed",
        "self.on[endpoint].relation_created",
    ),
    "first application only": (
        "CHARM-UNION-01",
        CHARM,
        "for app in sorted(rules)]",
        "for app in sorted(rules)[:1]]",
    ),
    "first rule only": ("CHARM-PUBLISH-01", MANIFESTS, "for rule in rules]", "for rule in rules[:1]]"),
    "deny policy not narrowed beside forward-auth": (
        "CHARM-BEARER-02",
        CHARM,
        "bearer_only=provider is not None",
        "bearer_only=False",
    ),
    "deny policy narrowed without forward-auth": (
        "CHARM-DENY-01",
        CHARM,
        "bearer_only=provider is not None",
        "bearer_only=True",
    ),
    "authorizer asked about Bearer requests": (
        "CHARM-BEARER-04",
        CHARM,
        "exempt_bearer=bool(rules)",
        "exempt_bearer=False",
    ),
    "audiences dropped": (
        "CHARM-FIELD-AUD-02",
        MANIFESTS,
        '        "audiences": rule.audiences or None,\n',
        "",
    ),
    "original token forgotten": (
        "CHARM-FIELD-FWD-01",
        MANIFESTS,
        '        "forwardOriginalToken": rule.forward_original_token,\n',
        "",
    ),
    "objects of other gateways pruned": (
        "CHARM-ISOLATE-01",
        MANIFESTS,
        '{"app.kubernetes.io/managed-by": self.app, "app.kubernetes.io/part-of": self.model}',
        '{"app.kubernetes.io/part-of": self.model}',
    ),
    "an error that nobody catches": (
        "CHARM-MALFORMED-05",
        CHARM,
        "        rules = self.request_auth.get_data()\n",
        (
            "        rules = self.request_auth.get_data()\n"
            "        if len(rules) < len(self.request_auth.get_connected_apps()):\n"
            "            raise RuntimeError('malformed rules')\n"
        ),
    ),
    "nothing in the log": (
        "CHARM-MALFORMED-09",
        CHARM,
        "import lightkube\nimport ops\n",
        "import logging\n\nimport lightkube\nimport ops\n\nlogging.disable(logging.ERROR)\n",
    ),
    "another interface": (
        "CHARM-IFACE-01",
        "charmcraft.yaml",
        "interface: istio_request_auth",
        "interface: istio-request-auth",
    ),
}

OF_THE_APPLICATION = {
    "an older library": (
        "CHARM-LIB-01",
        CHARM,
        "import ops\n",
        (
            "import charmlibs.interfaces.istio_request_auth as library\n"
            "import ops\n"
            "\n"
            "library.__all__ = [f'{name}Data' if name == 'FromHeader' else name for name in library.__all__]\n"
        ),
    ),
    "no limit": (
        "CHARM-IFACE-02",
        "charmcraft.yaml",
        "    limit: 1\n    description: Publish",
        "    description: Publish",
    ),
    "endpoint not handed on": (
        "CHARM-REQ-01",
        CHARM,
        "IstioRequestAuthRequirer(self, relation_name=endpoint)",
        "IstioRequestAuthRequirer(self)",
    ),
    "written without the library": (
        "CHARM-LEADER-02",
        CHARM,
        "            self.request_auth.publish_data([JWTRule.model_validate(rule) for rule in json.loads(rules)])",
        (
            "            for relation in self.model.relations['istio-request-auth']:\n"
            "                relation.data[self.app]['jwt_rules'] = rules"
        ),
    ),
    "rules not checked": (
        "CHARM-FIELD-ISSUER-01",
        CHARM,
        "JWTRule.model_validate(rule)",
        "JWTRule.model_construct(**rule)",
    ),
}


def test_for_each_clause_that_only_a_charm_can_violate_there_is_one_that_does() -> None:
    assert set(OF_A_CHARM) <= {clause for clause, *_ in (OF_THE_INGRESS | OF_THE_APPLICATION).values()}


@pytest.mark.parametrize("mistake", OF_THE_INGRESS)
def test_a_mistake_of_the_ingress_is_caught(mistake, judge, charm_with) -> None:
    clause, *change = OF_THE_INGRESS[mistake]
    outcome = judge("--charm", charm_with(*change), "--clause", clause)
    assert outcome.code == 1, outcome.text
    assert "failed" in outcome.verdicts.values()
    assert "error" not in outcome.verdicts.values()


@pytest.mark.parametrize("mistake", OF_THE_APPLICATION)
def test_a_mistake_of_the_application_is_caught(mistake, judge, charm_with, tmp_path) -> None:
    clause, *change = OF_THE_APPLICATION[mistake]
    target = tmp_path / "target.yaml"
    application = charm_with(*change, source=APPLICATION)
    target.write_text(
        "apiVersion: gwjwt.dev/v1alpha1\nkind: Target\n"
        f"driver: {{name: charm, application: {application.name}}}\n"
    )
    scenarios = "charm-request-auth/application-side"
    outcome = judge(target, "--clause", clause, "--scenario", scenarios)
    assert outcome.code == 1, outcome.text
    assert "failed" in outcome.verdicts.values()
    assert "error" not in outcome.verdicts.values()
