"""The kubeconfig through which clients find the embedded API."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write_kubeconfig(directory: Path, server: str, token: str) -> Path:
    """Write it with mode 0600, since it holds the token, and return its path. JSON is YAML, too.

    The server speaks plain HTTP. That no certificate is to be verified spares clients that read the authorities of
    the whole world for each connection 30 ms.
    """
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "gwjwt", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "gwjwt", "user": {"token": token}}],
        "contexts": [
            {"name": "gwjwt", "context": {"cluster": "gwjwt", "user": "gwjwt", "namespace": "default"}}
        ],
        "current-context": "gwjwt",
    }
    path = directory / "kubeconfig"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    return path
