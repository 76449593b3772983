"""Choosing one context of a kubeconfig, for who can only take a file whose current context is the right one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gwjwt.errors import UsageError

_FILES = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


def default_kubeconfig() -> Path:
    """Where kubectl looks: the first file of ``KUBECONFIG``, else ``~/.kube/config``."""
    named = [each for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    return Path(named[0]) if named else Path.home() / ".kube" / "config"


def with_context(file: Path, context: str | None) -> dict[str, Any]:
    """A kubeconfig that holds this context alone (None: the current one), with the files that it names made absolute.

    Raises:
        UsageError: the file cannot be read, or has no such context; says which there are.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        contexts = _by_name(content, "context")
        chosen = context or content.get("current-context") or ""
        if chosen not in contexts:
            known = ", ".join(sorted(contexts)) or "none"
            raise UsageError(f"kubeconfig {file}: there is no context {chosen!r} (contexts: {known})")
        parts = {
            kind: _absolute(_by_name(content, kind)[contexts[chosen][kind]], _FILES[kind], file.parent)
            for kind in _FILES
        }
    except OSError as error:
        raise UsageError(f"kubeconfig {file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"kubeconfig {file}: {' '.join(str(error).split())}") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise UsageError(f"kubeconfig {file}: is no kubeconfig ({type(error).__name__}: {error})") from error
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": chosen,
        "contexts": [{"name": chosen, "context": {**contexts[chosen], "cluster": chosen, "user": chosen}}],
        "clusters": [{"name": chosen, "cluster": parts["cluster"]}],
        "users": [{"name": chosen, "user": parts["user"]}],
    }


def _by_name(content: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each[kind] for each in content[f"{kind}s"]}


def _absolute(entry: Mapping[str, Any], keys: tuple[str, ...], folder: Path) -> dict[str, Any]:
    named = {key: str((folder / entry[key]).absolute()) for key in keys if entry.get(key)}
    return {**entry, **named}
