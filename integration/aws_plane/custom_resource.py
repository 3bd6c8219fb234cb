"""Custom resources: the event CloudFormation sends a function, and the answer it waits for at a URL.

Source: CloudFormation user guide, "Custom resource request and response objects".
"""

from __future__ import annotations

import json
import queue
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from integration.aws_plane.http_server import Request, Response

if TYPE_CHECKING:
    from integration.aws_plane.environment import Outcome
    from integration.aws_plane.functions import Functions

LARGEST_ANSWER = 4096
PATH = "/_plane/custom-resource/"
ANSWERS = "CUSTOM_RESOURCE_ANSWERS"
"""Environment variable that tells functions, which answer CloudFormation's own hosts alone, where this stands."""


class CustomResourceFailed(RuntimeError):
    """The function answered FAILED, or ended without an answer; the message is its reason."""


@dataclass(frozen=True)
class Asked:
    stack: str
    stack_id: str
    logical_id: str
    type: str
    function: str
    properties: Mapping[str, Any]
    timeout_s: float = 3600


@dataclass
class CustomResources:
    functions: Functions
    front_url: str = ""
    _waiting: dict[str, queue.Queue[Mapping[str, Any]]] = field(default_factory=dict)

    def ask(self, request: str, asked: Asked, physical_id: str = "", old: Mapping[str, Any] | None = None) -> Any:
        """`request` is Create, Update or Delete. Returns the answer's object; raises CustomResourceFailed."""
        ticket = uuid4().hex
        answers: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._waiting[ticket] = answers
        event = {
            "RequestType": request,
            "ResponseURL": f"{self.front_url}{PATH}{ticket}",
            "StackId": asked.stack_id,
            "RequestId": str(uuid4()),
            "ResourceType": asked.type,
            "LogicalResourceId": asked.logical_id,
            "ResourceProperties": as_text(asked.properties),
        }
        if physical_id:
            event["PhysicalResourceId"] = physical_id
        if old is not None:
            event["OldResourceProperties"] = as_text(old)
        try:
            return self._answer(asked, event, answers)
        finally:
            del self._waiting[ticket]

    def _answer(self, asked: Asked, event: dict[str, Any], answers: queue.Queue[Mapping[str, Any]]) -> Any:
        """On AWS a function that dies without answering costs an hour; here its death is the answer."""
        outcome: Outcome = self.functions[asked.function].eventually(event)
        try:
            answer = answers.get(timeout=0 if outcome.error else asked.timeout_s)
        except queue.Empty:
            told = outcome.payload.decode(errors="replace")[:500] if outcome.error else "no answer in time"
            raise CustomResourceFailed(f"{asked.logical_id} ({asked.function}): {told}") from None
        if answer.get("Status") != "SUCCESS":
            raise CustomResourceFailed(f"{asked.logical_id}: {answer.get('Reason') or 'FAILED without a reason'}")
        return answer

    def respond(self, request: Request) -> Response:
        """The ResponseURL, as a presigned PUT to S3: only known tickets, 4,096 bytes at most."""
        waiting = self._waiting.get(request.path.removeprefix(PATH))
        if waiting is None or request.method != "PUT":
            return Response(403)
        if len(request.body) > LARGEST_ANSWER:
            waiting.put({"Status": "FAILED", "Reason": "Response object is too long."})
            return Response(200)
        waiting.put(json.loads(request.body))
        return Response(200)


def as_text(value: Any) -> Any:
    """CloudFormation hands every scalar over as text: true as `true`, 3 as `3`."""
    if isinstance(value, Mapping):
        return {k: as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_text(v) for v in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
