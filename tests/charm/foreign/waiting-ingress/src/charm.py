"""Holistic, in one file: waits for the gateway in the hook, writes everything by server-side apply, prunes by label."""

import json
import logging
import time

import yaml
from lightkube import ApiError, Client
from lightkube.generic_resource import create_namespaced_resource as kind
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Service
from ops import ActiveStatus, BlockedStatus, CharmBase, CollectStatusEvent, main

log = logging.getLogger(__name__)

GATEWAY = kind("gateway.networking.k8s.io", "v1", "Gateway", "gateways")
ROUTE = kind("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes")
AUTHENTICATION = kind("security.istio.io", "v1", "RequestAuthentication", "requestauthentications")
POLICY = kind("security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies")
NAMES = {
    "issuer": "issuer",
    "jwks_uri": "jwksUri",
    "audiences": "audiences",
    "forward_original_token": "forwardOriginalToken",
    "claim_to_headers": "outputClaimToHeaders",
    "from_headers": "fromHeaders",
}


def without_none(value):
    if isinstance(value, dict):
        return {key: without_none(each) for key, each in value.items() if each not in (None, [])}
    return [without_none(each) for each in value] if isinstance(value, list) else value


class WaitingIngress(CharmBase):
    def __init__(self, *args):
        super().__init__(*args)
        self.client = Client(namespace=self.model.name, field_manager=self.app.name)
        self.problem = ""
        for name, event in self.on.events().items():
            if name.endswith(("_changed", "_broken", "_created", "start", "pebble_ready")):
                self.framework.observe(event, self.sync)
        self.framework.observe(self.on.remove, self.clean)
        self.framework.observe(self.on.collect_unit_status, self.collect)

    def collect(self, event: CollectStatusEvent):
        if self.unit.get_container("metrics-proxy").can_connect():
            log.info("no metrics here")
        event.add_status(BlockedStatus(self.problem) if self.problem else ActiveStatus())

    def sync(self, event):
        if not self.unit.is_leader():
            return
        address = self.publish_address()
        login = self.databags("login")
        provider = next((each["ext_authz_provider_name"] for each in self.databags("mesh") if each), None)
        if login and not (address and provider):
            self.problem = "authentication is not complete"
            self.bring(ROUTE, [])
            return
        self.bring(GATEWAY, [yaml.safe_load((self.charm_dir / "src/templates/gateway.yaml").read_text())])
        if not self.ready():
            self.problem = "gateway not ready"
            return
        valid = {}
        for relation in self.model.relations["jwt"]:
            rules = self.rules_of(relation)
            if rules:
                valid[relation.app.name] = rules
        deny = self.deny(narrow=bool(address)) if self.model.relations["jwt"] else []
        ask = self.ask(provider, bool(valid)) if address else []
        self.bring(POLICY, [*deny, *ask])
        self.bring(AUTHENTICATION, [self.authentication(app, rules) for app, rules in valid.items()])
        self.bring(ROUTE, [*self.routes("ingress"), *self.routes("ingress-unauthenticated")])

    def publish_address(self):
        published = self.databags("login")
        address = published[0].get("decisions_address") if published else None
        for relation in self.model.relations["mesh"]:
            host, _, port = (address or "//:").split("/")[2].partition(":")
            relation.data[self.app]["ext_authz_service_name"] = host
            relation.data[self.app]["ext_authz_port"] = port
        return address

    def databags(self, endpoint):
        return [dict(each.data[each.app]) for each in self.model.relations[endpoint] if each.app]

    def rules_of(self, relation):
        try:
            rules = json.loads(relation.data[relation.app].get("jwt_rules", "[]"))
            return [
                {NAMES[key]: without_none(value) for key, value in without_none(rule).items()}
                for rule in rules
                if self.checked(rule)
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("no rules: %s", error)
            return []

    def checked(self, rule):
        texts = {"issuer": True, "jwks_uri": False}
        lists = {"audiences": str, "claim_to_headers": dict, "from_headers": dict}
        for key, needed in texts.items():
            value = rule.get(key)
            if not isinstance(value, str) and (needed or value is not None):
                raise TypeError(key)
        for key, of in lists.items():
            if not all(isinstance(each, of) for each in rule.get(key) or []) or isinstance(
                rule.get(key), str
            ):
                raise TypeError(key)
        if not isinstance(rule.get("forward_original_token"), bool | None):
            raise TypeError("forward_original_token")
        return True

    def policy(self, name, **spec):
        target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": self.app.name}
        return {"metadata": {"name": name}, "spec": {"targetRefs": [target], **spec}}

    def authentication(self, app, rules):
        return self.policy(f"request-auth-{app}-{self.app.name}", jwtRules=rules)

    def deny(self, *, narrow):
        when = {"when": [{"key": "request.headers[authorization]", "values": ["Bearer *"]}]} if narrow else {}
        rules = [{"from": [{"source": {"notRequestPrincipals": ["*"]}}], **when}]
        yield self.policy(f"deny-without-jwt-{self.app.name}", action="DENY", rules=rules)

    def ask(self, provider, judged):
        rule = {}
        if judged:
            rule["when"] = [{"key": "request.headers[authorization]", "notValues": ["Bearer *"]}]
        yield self.policy(
            f"login-{self.app.name}", action="CUSTOM", provider={"name": provider}, rules=[rule]
        )

    def routes(self, endpoint):
        for relation in self.model.relations[endpoint]:
            asked = {key: json.loads(value) for key, value in relation.data[relation.app].items()}
            if not asked:
                continue
            path = f"/{asked['model']}-{asked['name']}"
            relation.data[self.app]["ingress"] = json.dumps({"url": f"http://{self.address()}{path}"})
            yield {
                "metadata": {"name": f"{asked['name']}-via-{self.app.name}", "namespace": asked["model"]},
                "spec": {
                    "parentRefs": [{"name": self.app.name, "namespace": self.model.name}],
                    "rules": [
                        {
                            "matches": [{"path": {"type": "PathPrefix", "value": path}}],
                            "backendRefs": [{"name": asked["name"], "port": asked["port"]}],
                        }
                    ],
                },
            }

    def address(self):
        service = self.client.get(Service, f"{self.app.name}-istio")
        return service.status.loadBalancer.ingress[0].ip

    def ready(self):
        for _ in range(int(self.config["ready-timeout"]) // 10):
            try:
                found = self.client.get(Deployment, f"{self.app.name}-istio").status
                if found and found.readyReplicas == found.replicas and self.address():
                    return True
            except (ApiError, AttributeError, TypeError, IndexError):
                log.info("not yet")
            time.sleep(10)
        return False

    def bring(self, resource, wanted):
        labels = {"owner": f"{self.model.name}.{self.app.name}"}
        names = set()
        for each in wanted:
            metadata = {"namespace": self.model.name, **each["metadata"], "labels": labels}
            metadata["name"] = metadata["name"].replace("NAME", self.app.name)
            names.add(metadata["name"])
            try:
                self.client.apply(resource.from_dict({**each, "metadata": metadata}), force=True)
            except ApiError as error:
                if resource is not AUTHENTICATION:
                    raise
                names.discard(metadata["name"])
                log.warning("rejected: %s", error)
        for each in self.client.list(resource, namespace="*", labels=labels):
            if each.metadata.name not in names:
                self.client.delete(resource, each.metadata.name, namespace=each.metadata.namespace)

    def clean(self, _):
        if self.app.planned_units() == 0:
            for resource in (ROUTE, GATEWAY, AUTHENTICATION, POLICY):
                self.bring(resource, [])


if __name__ == "__main__":
    main(WaitingIngress)
