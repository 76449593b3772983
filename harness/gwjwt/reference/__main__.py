"""The reference controller by itself: ``python -m gwjwt.reference [--kubeconfig FILE] [--fault NAME]``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from gwjwt.cluster import Cluster
from gwjwt.errors import GwjwtError, UsageError
from gwjwt.reference.controller import ReferenceController
from gwjwt.reference.faults import FAULTS, named


def main() -> int:
    """Run until SIGINT or SIGTERM (exit code 0), or until the API goes away (1); 2 for bad usage."""
    parser = argparse.ArgumentParser(prog="python -m gwjwt.reference", description="the reference controller")
    kubeconfig = os.environ.get("KUBECONFIG")
    parser.add_argument(
        "--kubeconfig", type=Path, default=kubeconfig, required=not kubeconfig, help="default: $KUBECONFIG"
    )
    parser.add_argument("--fault", choices=sorted(FAULTS), help="do this one thing wrong")
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with Cluster(arguments.kubeconfig) as cluster:
            fault = named(arguments.fault) if arguments.fault else None
            with ReferenceController(cluster, fault) as controller:
                controller.when_it_ends(ended.set)
                ended.wait()
                controller.check()
    except GwjwtError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2 if isinstance(error, UsageError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
