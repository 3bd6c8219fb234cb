"""Assertions of the JWT bearer grant, verified against the certificates an administrator registered.

Records: `oauth_jwt` (the application), `jwt_verifier_map` (which certificate, by kid), `sys_certificate` (X.509, PEM).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .token_errors import TokenRefused, denied

if TYPE_CHECKING:
    from .service import Service
    from .store import Row

ALGORITHMS = ["RS256", "RS384", "RS512"]
_ENDPOINT = "/oauth_token.do"
_ONLY_SIGNATURE = {
    "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip


class Assertions:
    """Remembers the ids (jti) of accepted assertions for as long as these could be replayed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def subject(self, app: Row, assertion: str) -> Row:
        """The user an assertion speaks for. Raises TokenRefused."""
        own = self._service.store.row("oauth_jwt", app["sys_id"])
        if own is None:
            raise denied("the application is not one for JWT bearer tokens")
        claims = self._claims(own, assertion)
        self._check_times(own, claims)
        self._check_parties(own, claims)
        self._check_replay(own, claims)
        return self._user(own, claims)

    def _claims(self, app: Row, assertion: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(assertion)
            key = self._key(app, header.get("kid"))
            claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=ALGORITHMS, options=_ONLY_SIGNATURE)  # type: ignore[arg-type]  # a TypedDict of PyJWT's own
        except jwt.PyJWTError as error:
            raise denied(f"the assertion cannot be verified ({type(error).__name__})") from error
        return claims

    def _key(self, app: Row, kid: object) -> RSAPublicKey:
        """By kid among the verifier maps; a single map needs none, and matches any if it names none itself."""
        maps = self._service.store.find("jwt_verifier_map", oauth_jwt=app["sys_id"], active="true")
        if kid:
            maps = [each for each in maps if each.get("kid") == kid or (len(maps) == 1 and not each.get("kid"))]
        if len(maps) != 1:
            raise denied(f"{len(maps)} verifier maps fit the kid")
        row = self._service.store.row("sys_certificate", maps[0].get("sys_certificate", ""))
        if row is None or row.get("active") != "true":
            raise denied("the verifier's certificate is missing or inactive")
        return self._public_key(row)

    def _public_key(self, row: Row) -> RSAPublicKey:
        try:
            certificate = x509.load_pem_x509_certificate(row.get("pem_certificate", "").strip().encode())
        except ValueError as error:
            raise denied("the verifier's certificate is not X.509 in PEM") from error
        now = datetime.fromtimestamp(self._service.clock(), UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise denied("the verifier's certificate is not valid now")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise denied("the verifier's certificate holds no RSA key")
        return key

    def _check_times(self, app: Row, claims: dict[str, Any]) -> None:
        now, skew = self._service.clock(), int(app.get("clock_skew") or 0)
        for name in ("exp", "nbf", "iat"):
            if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
                raise denied(f"{name} is not a number")
        if "exp" not in claims or claims["exp"] + skew <= now:
            raise denied("the assertion has no exp or has expired")
        if claims.get("nbf", now) - skew > now:
            raise denied("the assertion is not valid yet")
        if claims.get("iat", now) - skew > now:
            raise denied("the assertion was issued in the future")

    def _check_parties(self, app: Row, claims: dict[str, Any]) -> None:
        if claims.get("iss") != app["client_id"]:
            raise denied("iss is not the client_id")
        given = claims.get("aud")
        audiences = given if isinstance(given, list) else [given]
        if not any(self._is_accepted(app, audience) for audience in audiences):
            raise denied("aud is not accepted")

    def _is_accepted(self, app: Row, audience: object) -> bool:
        """`client_id` and `endpoint` in the switch stand for themselves, anything else for its own text."""
        for accepted in self._service.switches.audiences:
            if accepted == "endpoint" and isinstance(audience, str) and audience.endswith(_ENDPOINT):
                return True
            if audience == (app["client_id"] if accepted == "client_id" else accepted):
                return True
        return False

    def _check_replay(self, app: Row, claims: dict[str, Any]) -> None:
        if app.get("enable_jti_verification") != "true":
            return
        jti, now = claims.get(app.get("jti_claim") or "jti"), self._service.clock()
        if not isinstance(jti, str) or not jti:
            raise denied("the assertion has no jti")
        key = (app["sys_id"], jti)
        with self._lock:
            self._seen = {each: until for each, until in self._seen.items() if until > now}
            if key in self._seen:
                raise denied("the jti was used before")
            self._seen[key] = claims["exp"] + int(app.get("clock_skew") or 0)

    def _user(self, app: Row, claims: dict[str, Any]) -> Row:
        field = app.get("user_field") or "user_name"
        subject = claims.get("sub")
        users = self._service.store.find("sys_user", **{field: subject}) if isinstance(subject, str) and subject else []
        if len(users) != 1:
            raise TokenRefused("the subject is no user", "invalid_grant", "User not found")
        return users[0]
