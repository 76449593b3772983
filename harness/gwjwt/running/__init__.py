"""The suite inside pytest: what is run, what an outcome means, and the events that tell of it."""
