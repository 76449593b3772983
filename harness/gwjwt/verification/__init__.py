"""Whether a conformance report is one of a full, honest run: everything that follows is made to follow again."""
