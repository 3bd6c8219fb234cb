"""A custom deployment protection rule of GitHub, answered as the GitHub App it belongs to.

Sources: GitHub docs, "Creating custom deployment protection rules", "Generating a JSON Web Token (JWT) for a GitHub
App", "Generating an installation access token", REST "Get pending deployments for a workflow run".
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jwt

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.clients.errors import Misconfigured, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.changes.gate.hook_secrets import HookSecrets
    from integration.changes.gate.outbound import Outbound, Reply
    from integration.changes.gate.waiter import Answer, Waiter

SYSTEM = "github"
COMMENT_MOST = 1024
JWT_S, BACKDATED_S, MARGIN_S = 540, 60, 120
"""GitHub takes a JWT of at most ten minutes, and advises to date it back a minute."""


class GitHub:
    def __init__(self, out: Outbound, secrets: HookSecrets, clock: Callable[[], float] = time.time) -> None:
        self._out, self._secrets, self._clock = out, secrets, clock
        self._tokens: dict[str, tuple[str, float]] = {}

    def __call__(self, waiter: Waiter, said: Answer) -> str:
        run = f"{waiter.address['api']}/repos/{waiter.address['repository']}/actions/runs/{waiter.address['run']}"
        body = {
            "environment_name": waiter.address["environment"],
            "state": said.word,
            "comment": said.told(COMMENT_MOST),
        }
        reply = self._as_app(waiter, "POST", f"{run}/deployment_protection_rule", body)
        if reply.ok:
            return DELIVERED
        if self._waits(waiter, run):
            raise Refused(SYSTEM, f"status {reply.status}", text=f"GitHub refused the answer (status {reply.status})")
        return GONE

    def _waits(self, waiter: Waiter, run: str) -> bool:
        """A run that was answered, cancelled or removed waits for nothing; only where it does a refusal is one."""
        reply = self._as_app(waiter, "GET", f"{run}/pending_deployments", None)
        pending = _parsed(reply) if reply.ok else []
        return any(each["environment"]["name"] == waiter.address["environment"] for each in pending)

    def _as_app(self, waiter: Waiter, method: str, url: str, body: Mapping[str, Any] | None) -> Reply:
        """With the installation's token, and once more with a fresh one where it is not taken."""
        try:
            return self._send(method, url, self._token(waiter), body)
        except Misconfigured:
            self._tokens.clear()
            return self._send(method, url, self._token(waiter), body)

    def _token(self, waiter: Waiter) -> str:
        """Of the installation; each lasts an hour."""
        api, installation = waiter.address["api"], quote(waiter.address["installation"], safe="")
        token, until = self._tokens.get(installation, ("", 0.0))
        if self._clock() < until - MARGIN_S:
            return token
        reply = self._send("POST", f"{api}/app/installations/{installation}/access_tokens", self._assertion(), {})
        if not reply.ok:
            raise Misconfigured(SYSTEM, f"the GitHub App is not installed there any more (status {reply.status})")
        made = _parsed(reply)
        self._tokens[installation] = made["token"], datetime.fromisoformat(made["expires_at"]).timestamp()
        return self._tokens[installation][0]

    def _assertion(self) -> str:
        now = int(self._clock())
        claims = {"iat": now - BACKDATED_S, "exp": now + JWT_S, "iss": self._secrets.of("github", "app_id")}
        try:
            return jwt.encode(claims, self._secrets.of("github", "private_key"), algorithm="RS256")
        except (ValueError, TypeError, jwt.InvalidKeyError):
            raise Misconfigured(SYSTEM, "github.private_key of the gate's secret is no RSA key in PEM form") from None

    def _send(self, method: str, url: str, token: str, body: Mapping[str, Any] | None) -> Reply:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        return self._out.send(SYSTEM, method, url, headers, None if body is None else json.dumps(body).encode())


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        raise Unavailable(SYSTEM, "the answer is not JSON") from None
