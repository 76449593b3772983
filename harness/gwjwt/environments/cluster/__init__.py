"""The environment ``cluster``: any Kubernetes cluster that has a gateway already."""
