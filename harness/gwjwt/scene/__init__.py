"""One scenario's world: its gateways, applications, issuers and requests, in the words of the features."""

from gwjwt.scene.chain import ChainScene
from gwjwt.scene.credentials import CREDENTIALS, Credentials, read_credentials
from gwjwt.scene.gloo import GlooScene
from gwjwt.scene.ingress import IngressScene
from gwjwt.scene.judged import AnyScene, AtlasScene, ProtectingScene
from gwjwt.scene.scene import Scene
from gwjwt.scene.stage import Origin
from gwjwt.scene.token_atlas import TokenAtlas

__all__ = [
    "CREDENTIALS",
    "AnyScene",
    "AtlasScene",
    "ChainScene",
    "Credentials",
    "GlooScene",
    "IngressScene",
    "Origin",
    "ProtectingScene",
    "Scene",
    "TokenAtlas",
    "read_credentials",
]
