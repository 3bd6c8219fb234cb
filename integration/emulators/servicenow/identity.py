"""Authentication of a request: bearer tokens and API keys for integrations, basic authentication for people."""

from __future__ import annotations

import base64
import binascii
import hmac
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .clock import parse_stamp
from .errors import not_authenticated, unscoped
from .session import Session, session_of

if TYPE_CHECKING:
    from .exchange import Request
    from .service import Service
    from .store import Row

API_KEY = "x-sn-apikey"
"""ServiceNowDocs, platform-security/authentication/configure-api-key.md."""
ALLOW_UNSCOPED = "glide.security.oauth_allow_unscoped_clients"


def identify(service: Service, request: Request, api: str) -> Session:
    """The caller. Raises ApiError 401, and 403 for a token whose client is securely scoped."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    user: Row | None = None
    if scheme.lower() == "bearer":
        user = service.oauth.user_of(credentials.strip())
        if user is not None and _is_unscoped(service, request.method, api):
            raise unscoped()
    elif scheme.lower() == "basic" and service.switches.basic_auth:
        user = by_password(service, *_named(credentials))
    elif API_KEY in request.headers:
        user = _by_key(service, request.headers[API_KEY], api)
    if user is None:
        raise not_authenticated()
    return session_of(service.store, user)


def _is_unscoped(service: Service, method: str, api: str) -> bool:
    """The switch lists globs of `<METHOD> <api>`, such as `POST table` or `* attachment`."""
    if service.settings.is_on(ALLOW_UNSCOPED):
        return False
    return any(fnmatchcase(f"{method} {api}", pattern) for pattern in service.switches.unscoped_refused)


def by_password(service: Service, user_name: str, password: str) -> Row | None:
    known = service.passwords.get(user_name)
    if known is None or not hmac.compare_digest(known.encode(), password.encode()):
        return None
    users = service.store.find("sys_user", user_name=user_name, active="true")
    return users[0] if users else None


def _named(credentials: str) -> tuple[str, str]:
    try:
        user_name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user_name, password


def _by_key(service: Service, key: str, api: str) -> Row | None:
    """Whom a key stands for, where an access policy lets keys in for this API; as a policy names one each."""
    for row in service.store.find("api_key", active="true"):
        known = service.cipher.decrypt(row["token"])
        expires = parse_stamp(row["expires"])
        good = not expires or service.clock() < expires.timestamp()
        if known and hmac.compare_digest(known.encode(), key.encode()) and api in row["apis"].split(",") and good:
            user = service.store.row("sys_user", row["user"])
            return user if user and user["active"] == "true" else None
    return None
