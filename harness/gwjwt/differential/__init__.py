"""Two runs of the same scenarios on different environments, compared request by request. Knows documents only."""
