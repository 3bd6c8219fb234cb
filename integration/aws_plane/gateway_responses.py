"""What API Gateway says where it refuses. Source: API Gateway developer guide, "Gateway response types"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from integration.aws_plane.http_server import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Refusal(Exception):
    """A gateway response: its type, status and the sentence AWS says by default."""

    kind: str
    status: int
    message: str | None
    error_type: str = ""
    capital: bool = False
    """Some of the defaults say `Message`, most `message`."""

    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> Response:
        """The API's own gateway response for this kind (or DEFAULT_4XX/5XX), else what AWS says by default."""
        family = "DEFAULT_4XX" if self.status < 500 else "DEFAULT_5XX"
        own = responses.get(self.kind) or responses.get(family) or {}
        templates: Mapping[str, str] = own.get("ResponseTemplates") or {}
        text = templates.get("application/json", "")
        body = _filled(text, self) if text else json.dumps({"Message" if self.capital else "message": self.message})
        given = own.get("ResponseParameters") or {}
        extra = {k.rpartition(".")[2]: v.strip("'") for k, v in given.items()}
        headers = {
            "Content-Type": "application/json", "x-amzn-RequestId": str(uuid4()),
            "x-amzn-ErrorType": self.error_type, **extra,
        }  # fmt: skip
        return Response(int(own.get("StatusCode", self.status)), body.encode(), headers)


TOO_FAST = ("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")
SPENT = ("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException")


def _filled(template: str, refusal: Refusal) -> str:
    message = json.dumps(refusal.message)
    return (
        template.replace("$context.error.messageString", message)
        .replace("$context.error.message", refusal.message or "")
        .replace("$context.error.responseType", refusal.kind)
    )
