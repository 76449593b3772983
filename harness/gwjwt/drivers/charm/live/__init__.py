"""The charm driver on a live Juju model: the same intents, carried out by the ``juju`` command through jubilant."""
