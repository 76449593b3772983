"""The specification as data: clauses, features, scenarios, and the checks that keep them together."""
