"""The token atlas: what becomes of tokens of every kind, and of every way to present one, where it is known."""
