"""Event by event: each handler writes its own objects with the kubernetes client and remembers what it has written."""

import json

import kubernetes
import ops
from kubernetes.client.exceptions import ApiException


class ClientsetIngressCharm(ops.CharmBase):
    stored = ops.StoredState()

    def __init__(self, framework):
        super().__init__(framework)
        self.stored.set_default(gateway=False, apps=[])
        framework.observe(self.on.install, self.on_install)
        framework.observe(self.on.ingress_relation_changed, self.on_ingress)
        framework.observe(self.on.istio_request_auth_relation_created, self.on_app)
        framework.observe(self.on.istio_request_auth_relation_changed, self.on_rules)
        framework.observe(self.on.istio_request_auth_relation_broken, self.on_app_gone)
        framework.observe(self.on.remove, self.on_remove)

    @property
    def api(self):
        kubernetes.config.load_incluster_config()
        return kubernetes.client.CustomObjectsApi()

    def on_install(self, _):
        listener = {
            "name": "http",
            "protocol": "HTTP",
            "port": 80,
            "allowedRoutes": {"namespaces": {"from": "All"}},
        }
        self.write(
            "gateway.networking.k8s.io",
            "Gateway",
            "gateways",
            self.app.name,
            {"gatewayClassName": "istio", "listeners": [listener]},
        )
        self.stored.gateway = True
        self.unit.status = ops.ActiveStatus()

    def on_ingress(self, event):
        if not self.stored.gateway:
            event.defer()
            return
        asked = {key: json.loads(value) for key, value in event.relation.data[event.app].items()}
        path = f"/{asked['model']}-{asked['name']}"
        rule = {
            "matches": [{"path": {"type": "PathPrefix", "value": path}}],
            "backendRefs": [{"name": asked["name"], "port": asked["port"]}],
        }
        parent = {"name": self.app.name, "namespace": self.model.name}
        self.write(
            "gateway.networking.k8s.io",
            "HTTPRoute",
            "httproutes",
            f"{asked['name']}-{self.app.name}",
            {"parentRefs": [parent], "rules": [rule]},
            asked["model"],
        )

    def on_app(self, event):
        self.stored.apps = sorted({*self.stored.apps, event.app.name})
        rules = [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}]
        self.write(
            "security.istio.io",
            "AuthorizationPolicy",
            "authorizationpolicies",
            f"deny-without-jwt-{self.app.name}",
            {**self.target(), "action": "DENY", "rules": rules},
        )

    def on_rules(self, event):
        rules = json.loads(event.relation.data[event.app].get("jwt_rules", "[]"))
        if rules:
            translated = [{"issuer": rule["issuer"], "jwksUri": rule["jwks_uri"]} for rule in rules]
            self.write(
                "security.istio.io",
                "RequestAuthentication",
                "requestauthentications",
                self.name_for(event.app),
                {**self.target(), "jwtRules": translated},
            )
        else:
            self.delete("security.istio.io", "requestauthentications", self.name_for(event.app))

    def on_app_gone(self, event):
        self.delete("security.istio.io", "requestauthentications", self.name_for(event.app))
        self.stored.apps = [app for app in self.stored.apps if app != event.app.name]
        if not self.stored.apps:
            self.delete("security.istio.io", "authorizationpolicies", f"deny-without-jwt-{self.app.name}")

    def on_remove(self, _):
        self.delete("gateway.networking.k8s.io", "gateways", self.app.name)

    def name_for(self, app):
        return f"request-auth-{app.name}-{self.app.name}"

    def target(self):
        reference = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": self.app.name}
        return {"targetRefs": [reference]}

    def write(self, group, kind, plural, name, spec, namespace=None):
        place = (group, "v1", namespace or self.model.name, plural)
        made = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        try:
            found = self.api.get_namespaced_custom_object(*place, name)
        except ApiException as error:
            if error.status != 404:
                raise
            self.api.create_namespaced_custom_object(*place, made)
        else:
            made["metadata"] = found["metadata"]
            self.api.replace_namespaced_custom_object(*place, name, made)

    def delete(self, group, plural, name):
        try:
            self.api.delete_namespaced_custom_object(group, "v1", self.model.name, plural, name)
        except ApiException as error:
            if error.status != 404:
                raise


if __name__ == "__main__":
    ops.main(ClientsetIngressCharm)
