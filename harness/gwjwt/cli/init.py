"""``gwjwt init``: a target file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from gwjwt.errors import UsageError

TARGET_FILE = """\
# What `gwjwt run` tests. Every key that is not commented out is as without a target file.
apiVersion: gwjwt.dev/v1alpha1
kind: Target

# Who is tested, as the conformance report names it.
implementation:
  organization: your organization
  project: your controller
  url: https://example.com/your-controller
  version: 0.1.0
  contact: [you@example.com]

# How the suite drives it; docs/drivers.md describes each driver and its options.
#   controller: the suite writes your custom resources and waits for their conditions
#   manifests:  the suite renders your Istio manifests and applies them
driver:
  name: reference  # the suite's own implementation of each profile, until you say how yours is driven

# Where it runs. `embedded` needs nothing but this Python: a Kubernetes API and a real Envoy on loopback.
environment:
  kind: embedded

# The documented behaviours to judge; `gwjwt list profiles` shows them. Without this key: all that the driver expresses.
# profiles: [charm-request-auth]

# Optional features that your implementation claims. Without this key: what the driver says.
# features: []

# How long the suite waits, in seconds. The report records these.
# deadlines:
#   start: 20    # a process until it is ready
#   settle: 10   # a change until the gateway serves it
#   request: 5   # one request
#   stop: 5      # a process from the polite signal to the one that cannot be ignored
"""


def write_target_file(file: Path, stream: TextIO) -> None:
    """Write the commented file.

    Raises:
        UsageError: it exists already, or cannot be written.
    """
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(TARGET_FILE)
    except FileExistsError as error:
        raise UsageError(f"{file}: exists already and is left as it is; name another file") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from error
    stream.write(f"wrote {file}; next: gwjwt run {file}\n")
