"""A kubeconfig that leads to the same Kubernetes API by another address."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from gwjwt.errors import UsageError
from gwjwt.words import Endpoint

_PORTS = {"http": 80, "https": 443}
_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
"""What names a file, which is looked for beside the kubeconfig unless its path is absolute."""


class Unreroutable(UsageError):
    """There is no other way to the API that this kubeconfig leads to."""


class Way:
    """The way to a Kubernetes API that the current context of a kubeconfig describes."""

    def __init__(self, kubeconfig: Path) -> None:
        """Read the file.

        Raises:
            Unreroutable: its current context names no server, or one that is behind a proxy.
        """
        self._file = kubeconfig
        try:
            self._content: dict[str, Any] = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
            context = _named(self._content["contexts"], self._content["current-context"])["context"]
            self._cluster: dict[str, Any] = _named(self._content["clusters"], context["cluster"])["cluster"]
            url = urlsplit(self._cluster["server"])
            host, port = url.hostname, url.port or _PORTS[url.scheme]
        except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, ValueError) as error:
            raise Unreroutable(
                f"kubeconfig {kubeconfig}: names no server ({type(error).__name__}: {error})"
            ) from error
        if host is None or "proxy-url" in self._cluster:
            raise Unreroutable(f"kubeconfig {kubeconfig}: its server is behind a proxy, or has no host")
        self._url = url
        self.server = Endpoint(host, port)

    def through(self, relay: Endpoint, folder: Path) -> Path:
        """Write a kubeconfig into this folder, mode 0600, whose current context leads through the relay.

        The server's certificate stays the one of its own host.
        """
        if self._url.scheme == "https":
            self._cluster.setdefault("tls-server-name", self.server.host)
        netloc = f"{relay.host}:{relay.port}"
        self._cluster["server"] = self._url._replace(netloc=netloc).geturl()
        parts = [*self._content["clusters"], *(self._content.get("users") or ())]
        for part in parts:
            for kind in ("cluster", "user"):
                self._make_absolute(part.get(kind) or {})
        path = folder / "kubeconfig"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._content, file)
        return path

    def _make_absolute(self, settings: dict[str, Any]) -> None:
        beside = self._file.absolute().parent
        for key in _FILES:
            if settings.get(key):
                settings[key] = str(beside / settings[key])
        command = (settings.get("exec") or {}).get("command") or ""
        if "/" in command:
            settings["exec"]["command"] = str(beside / command)


def _named(entries: list[dict[str, Any]], name: str) -> Mapping[str, Any]:
    for each in entries:
        if each["name"] == name:
            return each
    raise KeyError(name)
