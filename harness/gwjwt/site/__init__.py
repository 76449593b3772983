"""The expected behaviour as a web site: features, clauses, faults, published reports, documents, and what links them.

Pure functions make a ``Book`` of what the suite states and what has been published; templates make pages of it.
"""
