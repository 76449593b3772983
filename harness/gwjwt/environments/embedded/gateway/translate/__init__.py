"""From Kubernetes manifests to Envoy configuration, as istiod does it; pure functions only."""
