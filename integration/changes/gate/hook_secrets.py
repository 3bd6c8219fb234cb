"""What lets others in at the gate, and the gate in at others: one secret, JSON, filled in by a person.

| member | what it is |
|---|---|
| `token` | made by the deployment: bearer of Azure's checks, key of signed asks and answers |
| `github` | `app_id`, `private_key` (PEM), `webhook_secret` of the GitHub App |
| `gitlab` | `token`: access token of whoever approves |
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from integration.aws.errors import SYSTEM, raising_ours
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_S, LOOK_AGAIN_S = 300.0, 10.0
"""What was found counts so long; what was missing is looked for again so soon."""


class NotEntered(Misconfigured):
    """A member that nobody entered."""


class HookSecrets:
    """`client`: a boto3 Secrets Manager client; `secret_id`: name or ARN."""

    def __init__(self, client: Any, secret_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._secret_id, self._clock = client, secret_id, clock
        self._members: dict[str, Any] = {}
        self._read_at = float("-inf")

    @property
    def token(self) -> str:
        return self.of("token")

    def of(self, *path: str) -> str:
        """Raises `NotEntered` for a member that is missing, naming it, never its value."""
        found = _at(self._read(KEPT_S), path) or _at(self._read(LOOK_AGAIN_S), path)
        if not found:
            raise NotEntered(SYSTEM, f"the gate's secret has no member {'.'.join(path)}: docs/changes/gate.md")
        return found

    def _read(self, kept_s: float) -> dict[str, Any]:
        if self._clock() - self._read_at >= kept_s:
            with raising_ours("get_secret_value"):
                text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            self._members, self._read_at = _members(text), self._clock()
        return self._members


def _at(members: dict[str, Any], path: tuple[str, ...]) -> str:
    """Empty where there is no text."""
    found: Any = members
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _members(text: str) -> dict[str, Any]:
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise Misconfigured(SYSTEM, "the gate's secret is not a JSON object: docs/changes/gate.md") from None
    return members
