"""One scenario's world: its gateways, applications, issuers and requests, in the words of the features."""

from gwjwt.scene.credentials import CREDENTIALS, Credentials, read_credentials
from gwjwt.scene.scene import Scene

__all__ = ["CREDENTIALS", "Credentials", "Scene", "read_credentials"]
