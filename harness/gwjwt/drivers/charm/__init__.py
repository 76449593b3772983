"""The driver for ingress charms: a charm's own hooks, run in its own interpreter by a Juju that is simulated."""
