"""Ways to sign in: an assertion signed by the integration user's key, other grants of OAuth, and what needs no token.

Facts (docs: create JWT endpoint; knowledge base 2683759): form-encoded POST to /oauth_token.do; the client secret goes
into the body; `sub` is the user's sys_id; `aud` is the client id unless the instance says otherwise; every assertion is
taken once (`jti`), so each exchange signs a new one; before expiry the instance hands out the same token again with
a smaller `expires_in`. Client credentials: the property `glide.oauth.inbound.client.credential.grant_type.enabled` and
the application's *OAuth Application User* (docs: client-credentials, add-oauth-application-user).
"""

from __future__ import annotations

import functools
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.utils import base64url_encode

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.errors import SYSTEM

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME_S, BACKDATED_S = 240, 10
"""An instance may allow no clock skew at all, and takes assertions of at most five minutes."""
_MARGIN_S = 30

_HINTS = (
    ("access token to admin", "the integration user must not hold the role admin or security_admin"),
    ("user not found", "no user has this sys_id, or the JWT profile looks users up by another column"),
    ("invalid_client", "the client id or the client secret is wrong"),
    ("access_denied", "check client id and secret, certificate, audience, clock, and that user and client are active"),
    ("expired", "the assertion was too old when it arrived: check the clock"),
)

Exchange = Callable[[Mapping[str, str]], "tuple[int, Mapping[str, Any]]"]
"""Posts a form to the token endpoint; status and JSON body. Raises `Unavailable` where there is no such answer."""


Signer = Callable[[bytes], bytes]
"""RSASSA-PKCS1-v1_5 with SHA-256, the `RS256` of RFC 7518; what it raises reaches whoever asked for a token."""


class Auth(Protocol):
    """What `Http` needs: a token, and to be told when one was refused."""

    def token(self, exchange: Exchange) -> str: ...

    def refused(self, token: str) -> None: ...


class Granted:
    """Holds one access token and renews it, once for all threads.

    `form`: what is posted for a token. `tries`: how often before a refusal is believed, as nodes disagree at times; a
    wrong password counts towards locking the user out. `clock`: epoch seconds. `token` raises `Misconfigured` when the
    instance refuses.
    """

    def __init__(
        self, form: Callable[[], Mapping[str, str]], clock: Callable[[], float] = time.time, tries: int = 2
    ) -> None:
        self._form, self._clock, self._tries = form, clock, tries
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def token(self, exchange: Exchange) -> str:
        with self._lock:
            if self._token and self._clock() < self._until:
                return self._token
            self._token, self._until = self._exchanged(exchange)
            return self._token

    def refused(self, token: str) -> None:
        """The instance did not take `token`; the next call fetches one, unless another thread did so meanwhile."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _exchanged(self, exchange: Exchange) -> tuple[str, float]:
        """Token, and the epoch second until which it is used."""
        for _ in range(self._tries):
            status, body = exchange(self._form())
            token = body.get("access_token")
            if isinstance(token, str) and token:
                return token, self._clock() + _usable_s(body.get("expires_in"))
        raise Misconfigured(SYSTEM, f"the instance refused to log the integration user in ({status}): {_hint(body)}")


def client_credentials(client_id: str, client_secret: str) -> Granted:
    """As the application's own user."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    return Granted(lambda: form)


def password_grant(client_id: str, client_secret: str, user: str, password: str) -> Granted:
    form = {"grant_type": "password", "client_id": client_id, "client_secret": client_secret}
    return Granted(lambda: form | {"username": user, "password": password}, tries=1)


class Presented:
    """What is shown at every call as it is: a password, an API key, or nothing beside a client certificate. Refused
    once it is not shown again, since each try of a wrong password counts towards locking the user out.
    """

    def __init__(self, shown: str) -> None:
        self._shown, self._refused = shown, False

    def __repr__(self) -> str:
        return "Presented(…)"

    def token(self, exchange: Exchange) -> str:  # noqa: ARG002 - what `Auth` promises
        if self._refused:
            raise Misconfigured(SYSTEM, "the instance does not accept these credentials: see whether they are right, "
                                "the user is active, and this way to sign in is allowed there")  # fmt: skip
        return self._shown

    def refused(self, token: str) -> None:  # noqa: ARG002 - as above
        self._refused = True


class JwtBearer(Granted):
    """`key`: an unencrypted RSA key in PEM form, PKCS#1 or PKCS#8, or what signs with a key that is elsewhere.

    `audience`: empty means the client id. `key_id`: names one of several verifier maps; a single map needs none.
    Raises `Misconfigured` for a key that is none.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        user_sys_id: str,
        key: bytes | str | Signer,
        audience: str | None = None,
        clock: Callable[[], float] = time.time,
        key_id: str = "",
    ) -> None:
        super().__init__(self._signed, clock)
        self._client_id, self._client_secret, self._user = client_id, client_secret, user_sys_id
        self._header = {"alg": "RS256", "typ": "JWT"} | ({"kid": key_id} if key_id else {})
        self._audience = audience or client_id
        self._sign = key if callable(key) else _signer(key)

    def assertion(self) -> str:
        """A new signed assertion; it is good for one exchange."""
        now = int(self._clock()) - BACKDATED_S
        claims = {
            "iss": self._client_id,
            "sub": self._user,
            "aud": self._audience,
            "iat": now,
            "exp": now + BACKDATED_S + LIFETIME_S,
            "jti": uuid.uuid4().hex,
        }
        parts = (json.dumps(each, separators=(",", ":")).encode() for each in (self._header, claims))
        told = b".".join(map(base64url_encode, parts))
        return (told + b"." + base64url_encode(self._sign(told))).decode()

    def _signed(self) -> dict[str, str]:
        return {
            "grant_type": GRANT,
            "assertion": self.assertion(),
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }


def _usable_s(expires_in: Any) -> float:
    """Less a margin, but at least half: near its end the instance hands out a token that has three seconds left."""
    try:
        left = float(expires_in)
    except (TypeError, ValueError):
        return 0.0
    return max(left - _MARGIN_S, left / 2)


def _hint(body: Mapping[str, Any]) -> str:
    said = f"{body.get('error', '')} {body.get('error_description', '')}".lower()
    return next((hint for part, hint in _HINTS if part in said), "the reason stands in the instance's system log")


def _signer(pem: bytes | str) -> Signer:
    key = _rsa_key(pem)
    return functools.partial(_signed_by, key)


def _signed_by(key: RSAPrivateKey, message: bytes) -> bytes:
    return key.sign(message, PKCS1v15(), SHA256())


@functools.lru_cache(maxsize=4)
def _rsa_key(pem: bytes | str) -> RSAPrivateKey:
    """One that signs what its public half takes: 1 ms, where proving its numbers takes 36 at each start of a function,
    which the deployment does (`key_file.py`). The cause is withheld, for it may quote the key.
    """
    data = pem.encode() if isinstance(pem, str) else pem
    try:
        key = load_pem_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured(SYSTEM, "the private key is not an unencrypted RSA key in PEM form") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise Misconfigured(SYSTEM, "the private key is not an RSA key of 2048 bits or more")
    try:
        key.public_key().verify(_signed_by(key, b""), b"", PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise Misconfigured(SYSTEM, "the private key is damaged: it does not sign for its public half") from None
    return key
