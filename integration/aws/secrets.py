"""The webhook's token in Secrets Manager: which of its versions are accepted, and for how long.

While a rotation is under way ServiceNow may already send the pending token, and calls on their way may still carry
the previous one. The secret's text is `{"token": "…"}`.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import SYSTEM, error_for
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

PENDING, CURRENT, PREVIOUS = "AWSPENDING", "AWSCURRENT", "AWSPREVIOUS"
PREVIOUS_COUNTS_S = 3600
"""Counted from the making of the current version, seconds before its rotation ended."""
SHORTEST = 43
"""Characters: 32 random bytes in base64."""


@dataclass(frozen=True, slots=True)
class Version:
    token: str = field(repr=False)
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    current: Version
    pending: Version | None = None
    previous: Version | None = None

    @property
    def accepted(self) -> tuple[str, ...]:
        """Current, pending, and previous for an hour after the change."""
        overlap = self.previous if self.current.age_s < PREVIOUS_COUNTS_S else None
        return tuple(version.token for version in (self.current, self.pending, overlap) if version)


class WebhookToken:
    """`client`: a boto3 Secrets Manager client; `secret_id`: name or ARN."""

    def __init__(self, client: Any, secret_id: str, clock: Callable[[], float] = time.time) -> None:
        self._client, self._secret_id, self._clock = client, secret_id, clock

    def read(self) -> Tokens:
        """Raises `Misconfigured` where there is no current version or it holds no token."""
        current = self.version(CURRENT)
        if current is None:
            raise Misconfigured(SYSTEM, "the webhook's secret has no current version: run `rotate`")
        return Tokens(current, self.version(PENDING), self.version(PREVIOUS))

    def version(self, stage: str, version_id: str = "") -> Version | None:
        """None: no version has this stage, or the one of this id has no value yet."""
        named = {"VersionId": version_id} if version_id else {}
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage, **named)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return None
            raise error_for(error, "get_secret_value") from None
        except BotoCoreError as error:
            raise error_for(error, "get_secret_value") from None
        return Version(_token(answer.get("SecretString", "")), self._clock() - answer["CreatedDate"].timestamp())


def _token(text: str) -> str:
    try:
        token = json.loads(text)["token"]
    except (ValueError, TypeError, KeyError):
        token = None
    if not isinstance(token, str) or len(token) < SHORTEST or not token.isascii():
        raise Misconfigured(SYSTEM, "a version of the webhook's secret holds no token: run `rotate`") from None
    return token
