"""The token: signed afresh, fetched once, kept while it is good, and never shown."""

from __future__ import annotations

import base64
import json
import threading
import time
import traceback

import jwt
import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integration.clients.errors import Misconfigured, Unavailable
from integration.clients.servicenow.auth import GRANT, JwtBearer
from integration.clients.servicenow.http import Http
from tests.keys import pem, rsa_key

URL = "https://dev12345.service-now.com"
SECRET = "s3cr3t-of-the-client"


class Clock:
    def __init__(self, now=1_795_250_000.0):
        self.now = now

    def __call__(self):
        return self.now


class Endpoint:
    """Answers the exchanges with the given bodies, the last one for ever; keeps the forms."""

    def __init__(self, *answers):
        self.answers, self.forms = list(answers), []

    def __call__(self, form):
        self.forms.append(dict(form))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def granted(token="at1", expires_in=1799):
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": "useraccount"}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def bearer(clock):
    return JwtBearer("client-1", SECRET, "u" * 32, pem(rsa_key()), clock=clock)


def test_the_exchange_is_as_documented(bearer, clock):
    """Form fields, claims and signature: what a real instance checks."""
    endpoint = Endpoint(granted())
    assert bearer.token(endpoint) == "at1"
    form = endpoint.forms[0]
    assert (form["grant_type"], form["client_id"], form["client_secret"]) == (GRANT, "client-1", SECRET)
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(form["assertion"], rsa_key().public_key(), ["RS256"], audience="client-1", options=options)
    assert (claims["iss"], claims["sub"]) == ("client-1", "u" * 32)
    assert claims["iat"] < clock.now < claims["exp"] <= clock.now + 300
    assert "nbf" not in claims


def test_the_audience_can_be_set():
    """Some instances want the address of the token endpoint instead of the client id."""
    bearer = JwtBearer("client-1", SECRET, "u1", pem(rsa_key()), audience=f"{URL}/oauth_token.do", clock=time.time)
    assert jwt.decode(bearer.assertion(), options={"verify_signature": False})["aud"] == f"{URL}/oauth_token.do"


@pytest.mark.parametrize(("key_id", "kid"), [("", None), ("2026-11", "2026-11")])
def test_the_key_can_be_named(key_id, kid):
    """While a certificate is replaced the instance knows two, and finds ours by name; a single one needs none."""
    assertion = JwtBearer("client-1", SECRET, "u1", pem(rsa_key()), key_id=key_id).assertion()
    assert jwt.get_unverified_header(assertion).get("kid") == kid


def test_a_token_is_kept_until_shortly_before_its_end(bearer, clock):
    endpoint = Endpoint(granted("at1"), granted("at2"))
    tokens = []
    for passed in (0, 1000, 760, 10):  # 0 s, 1000 s, 1760 s and 1770 s after the exchange
        clock.now += passed
        tokens.append(bearer.token(endpoint))
    assert tokens == ["at1", "at1", "at1", "at2"]


def test_every_exchange_signs_anew(bearer, clock):
    """An assertion is taken once: the same one again would be refused as a replay."""
    endpoint = Endpoint(granted(expires_in=0))
    bearer.token(endpoint)
    bearer.token(endpoint)
    first, second = (form["assertion"] for form in endpoint.forms)
    assert first != second


@pytest.mark.parametrize("expires_in", [3, "3"])
def test_a_token_with_three_seconds_left_is_used(bearer, clock, expires_in):
    """Near its end the instance hands out the same token again; half of what is left is used."""
    endpoint = Endpoint(granted("at1", expires_in), granted("at2"))
    assert bearer.token(endpoint) == bearer.token(endpoint) == "at1"
    clock.now += 1.6
    assert bearer.token(endpoint) == "at2"


@pytest.mark.parametrize("expires_in", [None, "soon", 0])
def test_a_token_of_unknown_lifetime_is_used_once(bearer, expires_in):
    endpoint = Endpoint(granted("at1", expires_in), granted("at2", expires_in))
    assert [bearer.token(endpoint), bearer.token(endpoint)] == ["at1", "at2"]


def test_a_refused_token_is_fetched_again_once(bearer):
    """Two threads that both met a 401 with one token cause one exchange."""
    endpoint = Endpoint(granted("at1"), granted("at2"), granted("at3"))
    token = bearer.token(endpoint)
    bearer.refused(token)
    assert bearer.token(endpoint) == "at2"
    bearer.refused(token)
    assert bearer.token(endpoint) == "at2"


def test_threads_share_one_exchange(bearer):
    """Single flight: whoever comes second waits for the token the first one fetches."""
    entered = threading.Event()

    def slow(form):
        entered.set()
        time.sleep(0.05)
        return granted()

    endpoint = Endpoint(granted("never"))
    first = threading.Thread(target=bearer.token, args=(slow,))
    first.start()
    assert entered.wait(5)
    assert bearer.token(endpoint) == "at1"
    first.join()
    assert endpoint.forms == []


REFUSALS = [
    ({"error": "invalid_grant", "error_description": "Grant access token to admin is not allowed"}, "role admin"),
    ({"error": "invalid_grant", "error_description": "User not found"}, "sys_id"),
    ({"error": "server_error", "error_description": "access_denied"}, "certificate"),
    ({"error": "invalid_client"}, "client secret is wrong"),
    ({}, "system log"),
]


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize(("body", "hint"), REFUSALS)
def test_a_refused_exchange_is_tried_once_more_and_explained(bearer, status, body, hint):
    """A refusal is a setting, whatever its status; the hint says which, from what little the instance tells."""
    endpoint = Endpoint((status, body))
    with pytest.raises(Misconfigured, match=hint):
        bearer.token(endpoint)
    assert len(endpoint.forms) == 2
    assert endpoint.forms[0]["assertion"] != endpoint.forms[1]["assertion"]


def test_nothing_shows_a_secret(bearer):
    """Neither repr nor the whole printed traceback of a refusal holds secret, key or assertion."""
    endpoint = Endpoint((401, {"error": "server_error"}))
    with pytest.raises(Misconfigured) as caught:
        bearer.token(endpoint)
    shown = "".join(traceback.format_exception(caught.value)) + repr(bearer) + repr(vars(bearer)["_sign"])
    for hidden in (SECRET, pem(rsa_key()).decode().splitlines()[1], endpoint.forms[0]["assertion"]):
        assert hidden not in shown


def damaged(number):
    """Its modulus or a prime is one less, so even. No library makes such a key, but a byte of a secret may change."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    der = rsa_key().private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    numbers = rsa_key().private_numbers()
    right = {"modulus": numbers.public_numbers.n, "prime": numbers.p}[number]
    size = (right.bit_length() + 7) // 8
    wrong = der.replace(right.to_bytes(size, "big"), (right - 1).to_bytes(size, "big"))
    return b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(wrong) + b"-----END RSA PRIVATE KEY-----\n"


BAD_KEYS = {
    "a wrong modulus": lambda: damaged("modulus"),
    "a wrong prime": lambda: damaged("prime"),
    "empty": lambda: b"",
    "broken": lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "elliptic": lambda: pem(ec.generate_private_key(ec.SECP256R1())),
    "short": lambda: pem(rsa_key(bits=1024)),
    "encrypted": lambda: pem(rsa_key(), encryption=serialization.BestAvailableEncryption(b"x")),
    "public": lambda: (
        rsa_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    ),
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_cannot_sign_is_said_at_once(key):
    with pytest.raises(Misconfigured, match="private key") as caught:
        JwtBearer("c", "s", "u", key())
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_both_pem_forms_are_read(form):
    """openssl of either generation, as text or bytes."""
    written = pem(rsa_key(), form)
    for given in (written, written.decode()):
        assert JwtBearer("c", "s", "u", given).assertion()


ENDPOINT_ANSWERS = [
    (200, "<html>Hibernating</html>", Unavailable),
    (401, "<html>proxy</html>", Misconfigured),
    (429, "", Unavailable),
    (500, json.dumps({"error": "server_error"}), Unavailable),
    (503, "", Unavailable),
    (302, "", Misconfigured),
    (401, json.dumps({"error": "server_error", "error_description": "access_denied"}), Misconfigured),
    (200, json.dumps({"error": "server_error", "error_description": "access_denied"}), Misconfigured),
]


@pytest.mark.parametrize(("status", "body", "kind"), ENDPOINT_ANSWERS)
def test_what_the_token_endpoint_answers(bearer, status, body, kind):
    """Only JSON says something about the client; all else says something about the instance."""
    http = Http(URL, bearer, sleep=lambda _: None)
    with responses.RequestsMock() as mock:
        mock.post(f"{URL}/oauth_token.do", status=status, body=body)
        with pytest.raises(kind) as caught:
            http.call("GET", "/api/now/table/incident", "incident")
    assert not getattr(caught.value, "outcome_unknown", False)


def test_a_call_from_end_to_end(bearer):
    """The form goes to the token endpoint, and what comes back into the header of the call."""
    http = Http(URL, bearer)
    with responses.RequestsMock() as mock:
        exchange = mock.post(f"{URL}/oauth_token.do", json=granted()[1])
        call = mock.get(f"{URL}/api/now/table/incident", json={"result": []})
        http.call("GET", "/api/now/table/incident", "incident")
    assert exchange.calls[0].request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "assertion=" in exchange.calls[0].request.body
    assert "Authorization" not in exchange.calls[0].request.headers
    assert call.calls[0].request.headers["Authorization"] == "Bearer at1"
