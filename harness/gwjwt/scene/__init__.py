"""One scenario's world: its gateways, applications, issuers and requests, in the words of the features."""

from gwjwt.scene.chain import ChainScene
from gwjwt.scene.credentials import CREDENTIALS, Credentials, read_credentials
from gwjwt.scene.gloo import GlooScene
from gwjwt.scene.ingress import IngressScene
from gwjwt.scene.judged import AnyScene, ProtectingScene
from gwjwt.scene.scene import Scene
from gwjwt.scene.stage import Origin

__all__ = [
    "CREDENTIALS",
    "AnyScene",
    "ChainScene",
    "Credentials",
    "GlooScene",
    "IngressScene",
    "Origin",
    "ProtectingScene",
    "Scene",
    "read_credentials",
]
