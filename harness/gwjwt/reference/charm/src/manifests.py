"""The Kubernetes objects of the gateway: pure functions, the documented behaviour of the charm profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charmlibs.interfaces.istio_request_auth import JWTRule

Manifest = dict[str, Any]

_AUTHORIZATION, _BEARER = "request.headers[authorization]", "Bearer *"


@dataclass(frozen=True)
class Ingress:
    """The application itself: its objects lie in its model's namespace and target its own Gateway."""

    app: str
    model: str

    @property
    def labels(self) -> dict[str, str]:
        return {"app.kubernetes.io/managed-by": self.app, "app.kubernetes.io/part-of": self.model}

    def gateway(self, ports: Sequence[int]) -> Manifest:
        listeners = [
            {
                "name": f"http-{port}",
                "protocol": "HTTP",
                "port": port,
                "allowedRoutes": {"namespaces": {"from": "All"}},
            }
            for port in ports
        ]
        spec = {"gatewayClassName": "istio", "listeners": listeners}
        return self._object("gateway.networking.k8s.io/v1", "Gateway", self.app, spec)

    def route(self, route: Route) -> Manifest:
        parent = {"name": self.app, "namespace": self.model, "sectionName": f"http-{route.listener}"}
        rule = {
            "matches": [{"path": {"type": "PathPrefix", "value": route.path}}],
            "backendRefs": [{"name": route.service, "port": route.port}],
        }
        name = f"{route.service}-{self.app}-{route.listener}"
        spec = {"parentRefs": [parent], "rules": [rule]}
        return self._object("gateway.networking.k8s.io/v1", "HTTPRoute", name, spec, namespace=route.model)

    def name_for(self, app: str) -> str:
        return f"request-auth-{app}-{self.app}"

    def request_authentication(self, app: str, rules: Sequence[JWTRule]) -> Manifest:
        spec = {"jwtRules": [translate(rule) for rule in rules]}
        return self._policy("RequestAuthentication", self.name_for(app), spec)

    def deny_without_jwt(self, *, bearer_only: bool) -> Manifest:
        """Refuse what has no validated principal; beside forward-auth only what claims to have one."""
        rule: Manifest = {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}
        if bearer_only:
            rule["when"] = [{"key": _AUTHORIZATION, "values": [_BEARER]}]
        spec = {"action": "DENY", "rules": [rule]}
        return self._policy("AuthorizationPolicy", f"deny-without-jwt-{self.app}", spec)

    def external_authorization(
        self, provider: str, *, open_paths: Sequence[str], exempt_bearer: bool
    ) -> Manifest:
        """Have the authorizer decide, but for open paths and for what the JWT rules decide."""
        rule: Manifest = {}
        if open_paths:
            below = [pattern for path in open_paths for pattern in (path, f"{path}/*")]
            rule["to"] = [{"operation": {"notPaths": below}}]
        if exempt_bearer:
            rule["when"] = [{"key": _AUTHORIZATION, "notValues": [_BEARER]}]
        spec = {"action": "CUSTOM", "provider": {"name": provider}, "rules": [rule]}
        return self._policy("AuthorizationPolicy", f"ext-authz-{self.app}", spec)

    def _policy(self, kind: str, name: str, spec: Manifest) -> Manifest:
        target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": self.app}
        return self._object("security.istio.io/v1", kind, name, {"targetRefs": [target], **spec})

    def _object(
        self, api_version: str, kind: str, name: str, spec: Manifest, *, namespace: str = ""
    ) -> Manifest:
        metadata = {"name": name, "namespace": namespace or self.model, "labels": self.labels}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


@dataclass(frozen=True)
class Route:
    """Everything under ``path`` on the listener of this port goes to a Service."""

    service: str
    model: str
    port: int
    path: str
    listener: int = 80


def translate(rule: JWTRule) -> Manifest:
    """The rule as Istio's JWTRule; a field that is not given, or is an empty list, stays out."""
    translated = {
        "issuer": rule.issuer,
        "jwksUri": rule.jwks_uri,
        "audiences": rule.audiences or None,
        "forwardOriginalToken": rule.forward_original_token,
        "outputClaimToHeaders": [each.model_dump() for each in rule.claim_to_headers or ()] or None,
        "fromHeaders": [each.model_dump(exclude_none=True) for each in rule.from_headers or ()] or None,
    }
    return {field: value for field, value in translated.items() if value is not None}
