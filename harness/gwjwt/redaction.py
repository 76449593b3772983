"""No secret leaves the suite: every text of a report, a log or a failure message goes through ``redact``."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from gwjwt.identity.secrets import KNOWN, fingerprint

HIDDEN = "<redacted>"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL
)
_PRIVATE_MEMBER = re.compile(r"""(["'](?:d|p|q|dp|dq|qi|k)\\?["']\s*:\s*\\?["'])[A-Za-z0-9_-]{16,}""")
_ESCAPED = re.compile(r"(?:[\w.~+/=-]|%[0-9A-Fa-f]{2}){3,}", re.ASCII)
_DOTTED = re.compile(r"[\w.-]{16,}", re.ASCII)
_SEGMENT = re.compile(r"[\w-]{16,}", re.ASCII)
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*", re.ASCII)
_CREDENTIALS = re.compile(r"\b(Bearer|Basic)( +|\+)([\w.~+/-]+=*)", re.ASCII | re.IGNORECASE)
_WHOLE_CREDENTIALS = re.compile(
    r"""(authorization["']?\s*[:=,]\s*["']?(?:Bearer|Basic)\s+["']?)([^\s"'<>*]+)(?=["'\r\n]|$)""",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"""\b((?:access_token|session)=["']?)((?:(?![;&"'<>,)])[!-~])+)""", re.IGNORECASE)
_SET_COOKIE = re.compile(r"""(set-cookie["']?\s*[:=,]\s*["']?[^=;\s"']+=)([^\s;"'<>]+)""", re.IGNORECASE)

_LONGER_THAN_WORDS = 20
_LONGER_THAN_NUMBERS = 8


def redact(text: str) -> str:
    """The text without what would let somebody in; what is no secret stays as it is.

    Tokens that this process has minted are replaced by their label (recipe, issuer, fingerprint), and so are
    their larger pieces; other tokens by a fingerprint; private keys, Bearer and Basic credentials, session
    and set cookies by ``<redacted>``. All of that also where it stands percent-encoded. Doing it twice
    changes nothing more.
    """
    if "%" in text:
        text = _ESCAPED.sub(_decoded_if_secret, text)
    return _redact_plain(text)


def redact_header(name: str, value: str) -> str:
    """The value of a header, without what lets somebody in, however short that is."""
    match name.lower():
        case "authorization" | "proxy-authorization":
            return _redact_authorization(value)
        case "cookie":
            return "; ".join(_hide_value(pair) for pair in value.split(";"))
        case "set-cookie":
            first, separator, attributes = value.partition(";")
            return _hide_value(first) + separator + redact(attributes)
        case _:
            return redact(value)


def _redact_plain(text: str) -> str:
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(HIDDEN, text)
    if '"' in text or "'" in text:
        text = _PRIVATE_MEMBER.sub(rf"\g<1>{HIDDEN}", text)
    text = _DOTTED.sub(lambda run: _redact_tokens(run[0]), text)
    return _redact_named(text)


def _redact_named(text: str) -> str:
    """Without the values that a name in front of them makes a secret.

    Most texts have no such name. It is looked for first, as patterns that do not regard case are slow.
    """
    folded = text.casefold()
    if "authorization" in folded:
        text = _WHOLE_CREDENTIALS.sub(rf"\g<1>{HIDDEN}", text)
    if "bearer" in folded or "basic" in folded:
        text = _CREDENTIALS.sub(_redact_credentials, text)
    if "access_token" in folded or "session" in folded:
        text = _PARAMETER.sub(rf"\g<1>{HIDDEN}", text)
    if "set-cookie" in folded:
        text = _SET_COOKIE.sub(rf"\g<1>{HIDDEN}", text)
    return text


def _decoded_if_secret(run: re.Match[str]) -> str:
    decoded = run[0]
    while "%" in decoded and (further := unquote(decoded)) != decoded:
        decoded = further
    shown = _redact_plain(decoded)
    return run[0] if shown == decoded else shown


def _redact_tokens(run: str) -> str:
    """A run of the characters that tokens are made of, with each token and piece of one replaced."""
    label = KNOWN.label(run) or KNOWN.label(run.rstrip("."))
    if label:
        return label
    run = _JWT.sub(lambda found: KNOWN.label(found[0]) or f"<JWT, sha256:{fingerprint(found[0])}>", run)
    return _SEGMENT.sub(lambda found: "<part of a token>" if KNOWN.holds_piece(found[0]) else found[0], run)


def _redact_credentials(found: re.Match[str]) -> str:
    """Credentials, but not the next word of a sentence about them."""
    scheme, blank, value = found.groups()
    if scheme.lower() == "basic":
        secret = ":" in _decoded(value)
    else:
        secret = len(value) >= _LONGER_THAN_NUMBERS and any(character.isdigit() for character in value)
    return f"{scheme}{blank}{HIDDEN}" if secret or len(value) >= _LONGER_THAN_WORDS else found[0]


def _decoded(value: str) -> str:
    """User and password of Basic credentials (RFC 7617, section 2); empty if that is no base64."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("latin-1")
    except binascii.Error:
        return ""


def _redact_authorization(value: str) -> str:
    shown = redact(value)
    if shown != value:
        return shown
    scheme, blank, credentials = value.partition(" ")
    if credentials.strip():
        return f"{scheme}{blank}{HIDDEN}"
    return value if scheme.lower() in {"", "bearer", "basic"} else HIDDEN


def _hide_value(pair: str) -> str:
    name, equals, _ = pair.strip().partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN
