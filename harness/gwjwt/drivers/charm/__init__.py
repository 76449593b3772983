"""The driver for ingress charms: a charm's own hooks, run by a Juju that is simulated or, in ``live``, a real one."""
