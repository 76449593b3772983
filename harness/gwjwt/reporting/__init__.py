"""From one event stream: live progress, summary, conformance report, JUnit."""
