"""Access to the console: the address shown in the terminal admits one browser, whose cookie then counts.

Every user of this machine reaches loopback. So the page opens by a key that counts once, and is replaced by a cookie
that no script and no other site gets at (RFC 6265: the ports of a host share cookies, so the port is in its name).
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

REFUSAL = "the console opens by the address it prints when it starts, and each of these opens one browser"


class Keys:
    """Of one console: keys that were given and not used yet, and what its browsers show afterwards."""

    def __init__(self) -> None:
        self.session = secrets.token_urlsafe(32)
        self._unused: set[str] = set()

    def address(self, url: str) -> str:
        """For one browser."""
        key = secrets.token_urlsafe(16)  # so that the address fits a line of a terminal
        self._unused.add(key)
        return f"{url}/?key={key}"

    def take(self, key: str) -> bool:
        """Whether it was given; from now on it is not."""
        given = key in self._unused
        self._unused.discard(key)
        return given


class Entry:
    """ASGI middleware, behind `Guard`."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, cookie = Request(scope), f"console-{scope['server'][1]}"
        known = hmac.compare_digest(request.cookies.get(cookie, "").encode(), self._keys.session.encode())
        answer: ASGIApp = self._app if known else JSONResponse({"error": REFUSAL}, 403)
        key = request.query_params.get("key", "") if (request.method, request.url.path) == ("GET", "/") else ""
        if key and (known or self._keys.take(key)):
            answer = self._opened(cookie)
        await answer(scope, receive, send)

    def _opened(self, cookie: str) -> RedirectResponse:
        """The address without its key, which so stays in no history."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(cookie, self._keys.session, httponly=True, samesite="strict")
        return answer
