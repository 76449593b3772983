import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.identity.keys import KeyPool
from gwjwt.identity.recipes import RECIPES
from gwjwt.identity.secrets import KnownTokens
from gwjwt.redaction import HIDDEN, redact, redact_header

FEATURES = Path(__file__).parents[2] / "features"

RECIPE_NAMES = st.sampled_from([name for name in RECIPES if name != "empty"])
SURROUNDINGS = st.text(max_size=30) | st.text("eyJab_-.%2E3/=&? \n\"'", max_size=30)
PASSWORDS = st.text("abcXYZ019._~+/-", min_size=1, max_size=60)


def every_character_escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


ENCODINGS = st.sampled_from(
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: text.replace(".", "%2E"),
        lambda text: text.replace(".", "%2e"),
        every_character_escaped,
        lambda text: quote(every_character_escaped(text), safe=""),
    ]
)


@given(name=RECIPE_NAMES, before=SURROUNDINGS, after=SURROUNDINGS, encode=ENCODINGS)
def test_no_token_survives_whatever_stands_around_it(issuer, name, before, after, encode):
    token = issuer.token(name)
    shown = redact(before + encode(token.encoded) + after)

    assert token.encoded not in shown
    assert encode(token.encoded) not in shown
    signature = token.encoded.rpartition(".")[2]
    assert len(signature) < 16 or signature not in shown


@given(name=RECIPE_NAMES, data=st.data())
def test_no_large_piece_of_a_token_survives(issuer, name, data):
    segment = data.draw(
        st.sampled_from([part for part in issuer.token(name).encoded.split(".") if len(part) > 31])
    )
    start = data.draw(st.integers(0, len(segment) - 31))
    piece = segment[start : start + data.draw(st.integers(31, len(segment) - start))]

    assert piece not in redact(f"...{piece}...")


@given(before=SURROUNDINGS, name=RECIPE_NAMES, after=SURROUNDINGS, encode=ENCODINGS)
def test_redacting_twice_changes_nothing_more(issuer, before, name, after, encode):
    once = redact(before + encode(issuer.token(name).encoded) + after)

    assert redact(once) == once


@given(st.text(max_size=200))
def test_it_takes_any_text(text):
    once = redact(text)

    assert redact(once) == once


def test_a_known_token_is_shown_by_its_label(issuer):
    token = issuer.token("expired")

    assert redact(f"got Bearer {token.encoded}, why?") == f"got Bearer {token.label}, why?"
    assert redact(f"token: {token.encoded}.") == f"token: {token.label}"


def test_a_token_of_somebody_else_is_shown_by_its_fingerprint():
    encoded = jwt.encode({"sub": "somebody"}, "a secret that is long enough for HS256")
    shown = redact(f"https://x.test/?jwt={encoded}&y=1")

    assert re.fullmatch(r"https://x\.test/\?jwt=<JWT, sha256:[0-9a-f]{12}>&y=1", shown)


def test_a_token_that_was_cut_off_is_not_shown():
    encoded = jwt.encode({"sub": "somebody"}, "a secret that is long enough for HS256")

    assert encoded[:20] not in redact(encoded[:25])


@given(password=PASSWORDS)
@pytest.mark.parametrize(
    "line",
    [
        "authorization: Bearer {}",
        "Authorization: Basic {}",
        "curl -H 'Authorization: Bearer {}' http://x",
        '{{"authorization": "Bearer {}"}}',
        "('Proxy-Authorization', 'Basic {}')",
        "-H 'Cookie: session={}'",
        "set-cookie: id={}; Path=/",
        "GET /?access_token={}&x=1",
    ],
)
def test_credentials_in_their_place_are_hidden(line, password):
    assert redact(line.format(password)) == line.format(HIDDEN)


@given(name=st.text("abc", max_size=20), password=st.text("abc019", max_size=20))
def test_basic_credentials_are_hidden_anywhere(name, password):
    value = base64.b64encode(f"{name}:{password}".encode()).decode()

    assert redact(f"it sent Basic {value} then") == f"it sent Basic {HIDDEN} then"


def test_opaque_bearer_credentials_are_hidden_anywhere():
    assert redact("it sent Bearer 2YotnFZFEjr1zCsicMWpAA then") == f"it sent Bearer {HIDDEN} then"


def test_percent_encoded_credentials_are_hidden():
    assert redact("/?next=%2Fa%3Faccess_token%3Dabc123%26b%3D1") == f"/?next=/a?access_token={HIDDEN}&b=1"
    assert redact("/a%20b?c=%2Fd") == "/a%20b?c=%2Fd"


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
@pytest.mark.parametrize("shape", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_keys_are_hidden(algorithm, shape):
    if (algorithm, shape) == ("EdDSA", PrivateFormat.TraditionalOpenSSL):
        shape = PrivateFormat.OpenSSH
    pem = KeyPool().take(algorithm).private.private_bytes(Encoding.PEM, shape, NoEncryption()).decode()

    assert redact(f"a\n{pem}b") == f"a\n{HIDDEN}\nb"
    assert redact(json.dumps(pem)) == f'"{HIDDEN}\\n"'
    assert redact(pem[:60]) == HIDDEN


def test_a_private_jwk_is_hidden():
    private = ec.generate_private_key(ec.SECP256R1())
    members = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(private))
    shown = json.loads(redact(json.dumps(members)))

    assert shown == {**members, "d": HIDDEN}
    assert members["d"] not in redact(json.dumps(json.dumps(members)))


@pytest.mark.parametrize(
    "path", sorted([*FEATURES.rglob("*.feature"), *FEATURES.rglob("*.yaml")]), ids=lambda path: path.name
)
def test_the_specification_holds_no_secret_and_stays_as_it_is(path):
    text = path.read_text()

    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'www-authenticate: Bearer realm="http://127.0.0.1:15001/x", error="invalid_token"',
        'when: [{key: "request.headers[authorization]", values: ["Bearer *"]}]',
        "A request with a Bearer token is refused; Basic authentication is the authorizer's matter.",
        "with Authorization: Bearer and a valid token MUST be answered 200 OK",
        "notRequestPrincipals: [https://accounts.example.test/subject-of-accounts]",
        "request-auth-kubeflow-dashboard-istio-ingress-k8s in gwjwt-0a1b2c3d4e5f",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "2026-04-23T10:00:00.123456+00:00 100% of 3/4",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "name,value,shown",
    [
        ("Authorization", "Bearer x", f"Bearer {HIDDEN}"),
        ("authorization", "bearer x y", f"bearer {HIDDEN}"),
        ("Authorization", "Negotiate abc", f"Negotiate {HIDDEN}"),
        ("Authorization", "opaque", HIDDEN),
        ("Authorization", "Bearer ", "Bearer "),
        ("Authorization", "Bearer", "Bearer"),
        ("Cookie", "session=abc; theme=dark", f"session={HIDDEN}; theme={HIDDEN}"),
        ("Set-Cookie", "id=abc; Path=/; HttpOnly", f"id={HIDDEN}; Path=/; HttpOnly"),
        ("kubeflow-userid", "user@accounts.example.test", "user@accounts.example.test"),
    ],
)
def test_headers_with_credentials_hide_them_however_short(name, value, shown):
    assert redact_header(name, value) == shown


def test_a_known_token_without_pieces_is_known_as_a_whole():
    known = KnownTokens()
    known.remember("abcdefgh.ijklmnop.q", "<label>")
    known.remember("short", "<label>")

    assert known.label("abcdefgh.ijklmnop.q") == "<label>"
    assert known.label("short") is None
    assert not known.holds_piece("abcdefgh")
