"""What a release is let out by: a gate of expected verdicts, and what changed since an earlier report."""
