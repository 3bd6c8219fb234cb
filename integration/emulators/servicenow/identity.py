"""Authentication of a request: bearer tokens for integrations, basic authentication for people."""

from __future__ import annotations

import base64
import binascii
import hmac
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .errors import not_authenticated, unscoped
from .session import Session, session_of

if TYPE_CHECKING:
    from .exchange import Request
    from .service import Service
    from .store import Row

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
        user = _by_password(service, credentials)
    if user is None:
        raise not_authenticated()
    return session_of(service.store, user)


def _is_unscoped(service: Service, method: str, api: str) -> bool:
    """The switch lists globs of `<METHOD> <api>`, such as `POST table` or `* attachment`."""
    if service.settings.is_on(ALLOW_UNSCOPED):
        return False
    return any(fnmatchcase(f"{method} {api}", pattern) for pattern in service.switches.unscoped_refused)


def _by_password(service: Service, credentials: str) -> Row | None:
    try:
        user_name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    known = service.passwords.get(user_name)
    if known is None or not hmac.compare_digest(known.encode(), password.encode()):
        return None
    users = service.store.find("sys_user", user_name=user_name, active="true")
    return users[0] if users else None
