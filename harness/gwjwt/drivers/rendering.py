"""From the wanted state to manifests: a folder of templates, or any command. Both are pure functions of the state."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import jinja2
import yaml

from gwjwt.drivers.protocol import Wanted
from gwjwt.errors import ImplementationFailed
from gwjwt.words import GatewayName
from gwjwt.yaml_documents import documents, quoted, yaml_problem

Manifest = dict[str, Any]
SUFFIX = ".yaml.j2"


class BadManifests(ImplementationFailed):
    """A template or a command does not give manifests; the message names the file with its line, or the command."""


class Renderer(Protocol):
    def render(self, state: Wanted) -> Iterable[Manifest]:
        """The manifests that the state calls for; those without a namespace go to the gateway's.

        Raises:
            BadManifests: what came out cannot be used.
        """


class Templates:
    """A folder of Jinja templates, ``*.yaml.j2``. An undefined variable is an error, never an empty string.

    Beside Jinja's own filters there is ``quoted``, which writes any value as YAML.
    """

    def __init__(self, folder: Path) -> None:
        """Read and compile the templates.

        Raises:
            BadManifests: the folder has none, or one that is no valid template.
        """
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701  # the output is YAML
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["quoted"] = quoted
        names = sorted(file.name for file in folder.glob(f"*{SUFFIX}") if file.is_file())
        if not names:
            raise BadManifests(f"{folder}: there is no file *{SUFFIX}")
        try:
            self._templates = [self._environment.get_template(name) for name in names]
        except jinja2.TemplateSyntaxError as error:
            raise BadManifests(f"{error.filename}:{error.lineno}: {error.message}") from error
        except UnicodeDecodeError as error:
            raise BadManifests(f"{folder}: a file *{SUFFIX} is not UTF-8") from error
        except OSError as error:
            raise BadManifests(f"{error.filename}: cannot be read: {error.strerror}") from error
        self._parsed: dict[str, dict[str, list[Manifest]]] = {}

    def render(self, state: Wanted) -> list[Manifest]:
        variables = state.as_json()
        rendered = [self._render(template, variables, state.gateway) for template in self._templates]
        return [manifest for manifests in rendered for manifest in manifests]

    def _render(
        self, template: jinja2.Template, variables: dict[str, Any], gateway: GatewayName
    ) -> list[Manifest]:
        """Parsing costs ten times what rendering does, and most templates give what they gave before."""
        source, text = str(template.filename), self._text(template, variables)
        if text not in self._parsed.get(source, {}):
            self._parsed[source] = {text: read_manifests(source, text)}
        return [in_namespace(each, gateway) for each in self._parsed[source][text]]

    def _text(self, template: jinja2.Template, variables: dict[str, Any]) -> str:
        try:
            return template.render(variables)
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise BadManifests(f"{_place(template, error)}: {error}") from error
        except RecursionError as error:
            raise BadManifests(
                f"{_place(template, error)}: it includes or calls itself without end"
            ) from error


def _place(template: jinja2.Template, error: BaseException) -> str:
    """Where in the user's files a template went wrong: the innermost frame of a template in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno}" for frame in frames if frame.filename.endswith(SUFFIX)]
    return lines[-1] if lines else str(template.filename)


def read_manifests(source: str, text: str) -> list[Manifest]:
    """The objects in a text.

    Raises:
        BadManifests: it is no YAML, or a document is no Kubernetes object.
    """
    try:
        return [_checked(source, each) for each in documents(text)]
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        lines = text.splitlines()
        shown = f": {lines[line - 1].strip()!r}" if line <= len(lines) else ""
        raise BadManifests(
            f"{source}: what came out is no YAML: {problem}, in line {line} of it{shown}"
        ) from error


def _checked(source: str, document: Any) -> Manifest:
    if not isinstance(document, dict):
        raise BadManifests(f"{source}: a document is no mapping but {document!r}")
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    needed = {"apiVersion": document.get("apiVersion"), "kind": document.get("kind"), "metadata.name": name}
    for key, value in needed.items():
        if not isinstance(value, str) or not value:
            raise BadManifests(f"{source}: a document has no {key}: {str(document)[:200]}")
    _require_json(source, document)
    if not isinstance(document["metadata"].get("namespace", ""), str):
        raise BadManifests(
            f"{source}: metadata.namespace of {document['kind']} {name} must be text in quotes"
        )
    if not isinstance(document["metadata"].get("labels") or {}, dict):
        raise BadManifests(f"{source}: metadata.labels of {document['kind']} {name} must be a mapping")
    return document


def _require_json(source: str, document: Manifest) -> None:
    """YAML can say more than the API can be told, such as ``.nan`` or a set."""
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadManifests(f"{source}: what came out cannot be written as JSON: {error}") from error


def in_namespace(manifest: Manifest, gateway: GatewayName) -> Manifest:
    """The manifest with its namespace: what does not name one belongs beside the gateway."""
    return {**manifest, "metadata": {"namespace": gateway.namespace, **manifest["metadata"]}}
