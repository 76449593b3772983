"""The Kubernetes API of the embedded environment: in memory, on loopback, for kubectl and the usual clients."""
