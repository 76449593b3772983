"""What the control plane has seen of each object: to know whether a write changes anything, and what is older."""

from __future__ import annotations

from gwjwt.environments.embedded.gateway import objects
from gwjwt.environments.embedded.gateway.translate.fields import Manifest


class Seen:
    """The objects that are there, in the order in which they came."""

    def __init__(self) -> None:
        self._contents: dict[tuple[objects.ObjectKey, str], Manifest] = {}

    def changes(self, event: str, manifest: Manifest) -> bool:
        """Take in an event; whether it changes what can matter to a proxy."""
        identity = objects.key_of(manifest), manifest["metadata"]["name"]
        if event == "DELETED":
            self._contents.pop(identity, None)
            return True
        content = objects.content(manifest)
        if self._contents.get(identity) == content:
            return False
        self._contents[identity] = content
        return True

    def ages(self) -> dict[str, int]:
        """By uid, how many of the objects were there before; creation timestamps only tell seconds apart."""
        uids = (str(content["selecting"][0]) for content in self._contents.values())
        return {uid: age for age, uid in enumerate(uids)}
