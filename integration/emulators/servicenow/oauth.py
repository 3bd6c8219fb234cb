"""`/oauth_token.do`: tokens for verified assertions, client credentials, and passwords, which can be refreshed.

Refusals say as little as an instance's do; the reason stands in syslog, source `oauth`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .clock import STAMP
from .exchange import Request, Response, json_response
from .identity import by_password
from .jwt_bearer import Assertions
from .session import granted_roles
from .token_errors import TokenRefused, denied, invalid_request

if TYPE_CHECKING:
    from .service import Service
    from .store import Row

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT_CREDENTIALS_ON = "glide.oauth.inbound.client.credential.grant_type.enabled"
_REFRESHED = ("password", "refresh_token")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Token:
    """`expires_at` is in epoch seconds of the instance's clock."""

    text: str
    client_id: str
    user_id: str
    expires_at: float


class TokenOffice:
    """Issues access tokens and knows whose they are. One token per client and user until it expires."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._assertions = Assertions(service)
        self._lock = threading.Lock()
        self._current: dict[tuple[str, str], Token] = {}
        self._issued: dict[str, Token] = {}
        self._refreshing: dict[str, Token] = {}

    def answer(self, request: Request) -> Response:
        try:
            form = _form(request)
            app = self._client(form)
            user = self._user(app, form)
            token = self._token(app, user)
        except TokenRefused as refused:
            self._service.log(f"OAuth: {refused.reason}", "oauth", "2")
            return self._refusal(refused)
        remaining = int(token.expires_at - self._service.clock())
        body = {"access_token": token.text, "scope": "useraccount", "token_type": "Bearer", "expires_in": remaining}
        if form["grant_type"] in _REFRESHED:
            body["refresh_token"] = form.get("refresh_token") or self._refresh_token(app, user)
        return json_response(body)

    def user_of(self, text: str) -> Row | None:
        """The user a token stands for; None for a token that is unknown or expired, or whose user or client is off."""
        token = self._issued.get(text)
        if token is None or token.expires_at <= self._service.clock():
            return None
        user = self._service.store.row("sys_user", token.user_id)
        apps = self._service.store.find("oauth_entity", client_id=token.client_id, active="true")
        return user if user is not None and _is_active(user) and apps else None

    def expire_all(self) -> None:
        """Every token is invalid from now on, as after a revocation or a clone."""
        with self._lock:
            self._current.clear()
            self._issued.clear()
            self._refreshing.clear()

    def clear(self) -> None:
        self.expire_all()
        self._assertions.clear()

    def _client(self, form: dict[str, str]) -> Row:
        apps = self._service.store.find("oauth_entity", client_id=form.get("client_id", ""), active="true")
        if not form.get("client_id") or len(apps) != 1:
            raise denied("no active application with this client_id")
        secret = self._service.cipher.decrypt(apps[0].get("client_secret", ""))
        if not secret or not hmac.compare_digest(secret.encode(), form.get("client_secret", "").encode()):
            raise denied("wrong client_secret")
        return apps[0]

    def _user(self, app: Row, form: dict[str, str]) -> Row:
        grant = form.get("grant_type", "")
        if grant == JWT_BEARER:
            user = self._assertions.subject(app, form.get("assertion", ""))
            if granted_roles(self._service.store, user["sys_id"]) & {"admin", "security_admin"}:
                raise TokenRefused(
                    "the subject is an administrator", "invalid_grant", "Grant access token to admin is not allowed"
                )
        elif grant == "client_credentials":
            user = self._application_user(app)
        elif grant == "password" and self._service.switches.password_grant:
            user = self._by_password(form)
        elif grant == "refresh_token":
            user = self._refreshed(app, form)
        elif grant:
            raise denied(f"grant {grant} is not enabled")
        else:
            raise invalid_request("grant_type is missing")
        if not _is_active(user):
            raise denied("the user is inactive or locked out")
        return user

    def _application_user(self, app: Row) -> Row:
        if not self._service.settings.is_on(CLIENT_CREDENTIALS_ON):
            raise denied("the client credentials grant is switched off")
        user = self._service.store.row("sys_user", app.get("user", ""))
        if user is None:
            raise denied("the application has no OAuth application user")
        return user

    def _by_password(self, form: dict[str, str]) -> Row:
        user = by_password(self._service, form.get("username", ""), form.get("password", ""))
        if user is None:
            raise denied("wrong user name or password")
        return user

    def _refreshed(self, app: Row, form: dict[str, str]) -> Row:
        held = self._refreshing.get(form.get("refresh_token", ""))
        if held is None or held.client_id != app["client_id"] or held.expires_at <= self._service.clock():
            raise denied("the refresh token is unknown or expired")
        return self._service.store.row("sys_user", held.user_id) or {}

    def _refresh_token(self, app: Row, user: Row) -> str:
        """A new one each time; those before stay good."""
        lifespan_s = int(app.get("refresh_token_lifespan") or 8_640_000)
        token = Token(secrets.token_urlsafe(64), app["client_id"], user["sys_id"], self._service.clock() + lifespan_s)
        self._refreshing[token.text] = token
        return token.text

    def _token(self, app: Row, user: Row) -> Token:
        key, now = (app["client_id"], user["sys_id"]), self._service.clock()
        with self._lock:
            token = self._current.get(key)
            if token is None or token.expires_at - now < 1:
                lifespan_s = int(app.get("access_token_lifespan") or 1800)
                token = Token(secrets.token_urlsafe(64), *key, now + lifespan_s)
                self._current[key] = self._issued[token.text] = token
                expires = datetime.fromtimestamp(token.expires_at, UTC).strftime(STAMP)
                row = {"peer": app["sys_id"], "user": user["sys_id"], "type": "access_token", "expires": expires}
                self._service.plant("oauth_credential", row)
        return token

    def _refusal(self, refused: TokenRefused) -> Response:
        status = self._service.switches.token_failure_status if refused.status == 401 else refused.status
        if self._service.switches.token_failure_as_200:
            status = 200
        return json_response({"error_description": refused.description, "error": refused.error}, status)


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise TokenRefused("the body is not a form", "server_error", "unspecified error")
    text = request.body.read().decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True))


def _is_active(user: Row) -> bool:
    return user.get("active") == "true" and user.get("locked_out") != "true"
