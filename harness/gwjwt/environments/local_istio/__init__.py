"""Real Istio on loopback: kube-apiserver, etcd, istiod and Envoy as plain processes."""
