"""Lists: what is selected, at which version, and in pages.

Source: Kubernetes documentation, "Kubernetes API Concepts", sections "Retrieving large results sets in chunks" and
"Resource versions".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api import field_errors as complaint
from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.history import ObjectKey
from gwjwt.environments.embedded.api.requests import InvalidOptions
from gwjwt.environments.embedded.api.resources import Manifest, Resource
from gwjwt.environments.embedded.api.selectors import Selects, both, field_selector, label_selector
from gwjwt.environments.embedded.api.store import Store


def selection(resource: Resource, query: Mapping[str, str], name: str | None = None) -> Selects | None:
    """The test that the objects of a list, watch or deletecollection have to pass; None when all do."""
    fields = query.get("fieldSelector", "")
    if name is not None:
        fields = f"{fields},metadata.name={name}" if fields else f"metadata.name={name}"
    return both(label_selector(query.get("labelSelector", "")), field_selector(fields, resource))


def parse_version(text: str) -> int:
    """The number in a resourceVersion parameter.

    Raises:
        BadRequest: it is none.
    """
    if not text.isdecimal():
        raise BadRequest(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": {_no_number("ParseUint", text)}'
        )
    return int(text)


def _no_number(function: str, text: str) -> str:
    return f'strconv.{function}: parsing "{text}": invalid syntax'


def list_objects(
    store: Store, resource: Resource, namespace: str | None, query: Mapping[str, str]
) -> Manifest:
    """The answer to a list request.

    Raises:
        BadRequest, InvalidOptions, Expired, TooLargeResourceVersion: as the API answers.
    """
    selects = selection(resource, query)
    limit = _limit(query)
    token = query.get("continue", "")
    if token:
        version, after = _read_token(token)
        return _page(store, resource, namespace, selects, version, limit, after)
    match, asked = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    _check_match(match, asked)
    version = parse_version(asked) if asked else 0
    if match == "Exact":
        return _page(store, resource, namespace, selects, version, limit, None)
    store.require_known(version)
    if limit:
        return _page(store, resource, namespace, selects, store.resource_version, limit, None)
    items = store.select(resource, namespace)
    if selects is not None:
        items = [item for item in items if selects(item)]
    return as_list(resource, items, {"resourceVersion": str(store.resource_version)})


def as_list(resource: Resource, items: list[Manifest], metadata: dict[str, Any]) -> Manifest:
    """A list object; items of typed kinds do not repeat their type."""
    if not resource.habits.custom:
        items = [{key: one[key] for key in one if key not in {"kind", "apiVersion"}} for one in items]
    else:
        metadata = {"continue": "", **metadata}
    return {
        "kind": resource.list_kind,
        "apiVersion": resource.api_version,
        "metadata": metadata,
        "items": items,
    }


def _page(
    store: Store,
    resource: Resource,
    namespace: str | None,
    selects: Selects | None,
    version: int,
    limit: int,
    after: ObjectKey | None,
) -> Manifest:
    """The objects of one version, from behind a key on."""
    objects = store.select_at(resource, version)
    left = [
        (key, one)
        for key, one in objects.items()
        if (after is None or key > after)
        and (namespace is None or key[0] == namespace)
        and (selects is None or selects(one))
    ]
    metadata: dict[str, Any] = {"resourceVersion": str(version)}
    if limit and len(left) > limit:
        metadata["continue"] = _token(version, left[limit - 1][0])
        if selects is None:
            metadata["remainingItemCount"] = len(left) - limit
        left = left[:limit]
    return as_list(resource, [one for _, one in left], metadata)


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "") or "0"
    if not text.lstrip("-").isdecimal():
        raise BadRequest(_no_number("ParseInt", text))
    return max(int(text), 0)


def _check_match(match: str, asked: str) -> None:
    if not match:
        return
    if match not in {"Exact", "NotOlderThan"}:
        valid = ["Exact", "NotOlderThan", ""]
        raise InvalidOptions("ListOptions", complaint.not_supported("resourceVersionMatch", match, valid))
    if not asked:
        detail = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise InvalidOptions("ListOptions", complaint.forbidden("resourceVersionMatch", detail))
    if match == "Exact" and asked == "0":
        detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        raise InvalidOptions("ListOptions", complaint.forbidden("resourceVersionMatch", detail))


def _token(version: int, last: ObjectKey) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": list(last)})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, ObjectKey]:
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = read["start"]
        return int(read["rv"]), (str(namespace), str(name))
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(f"invalid continue token: continue key is not valid: {error}") from error
