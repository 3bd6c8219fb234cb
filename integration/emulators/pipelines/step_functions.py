"""Step Functions: the token of a task that waits is taken once, and is none afterwards. JSON 1.0.

moto runs whole state machines for it; here is what an answer meets. Source: botocore's model of 2016-11-23.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .exchange import Answer, Refused
from .service import Wait

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Service

TARGET = "AWSStepFunctions."
CAUSE_MOST, ERROR_MOST = 32_768, 256


def succeed(service: Service, asked: Asked) -> Answer:
    """SendTaskSuccess."""
    task = _task(service, asked)
    try:
        output = json.loads(asked.body.get("output", ""))
    except ValueError:
        raise Refused(400, "InvalidOutput") from None
    service.answered(task, "SUCCEEDED", {"status": "SUCCEEDED", **output})
    return Answer(200, {})


def fail(service: Service, asked: Asked) -> Answer:
    """SendTaskFailure."""
    task = _task(service, asked)
    error, cause = asked.body.get("error", ""), asked.body.get("cause", "")
    if len(error) > ERROR_MOST or len(cause) > CAUSE_MOST:
        raise Refused(400, "ValidationException")
    service.answered(task, "FAILED", {"status": "FAILED", "error": error, "cause": cause})
    return Answer(200, {})


def heartbeat(service: Service, asked: Asked) -> Answer:
    """SendTaskHeartbeat: whether the token still counts; none of these tasks wants one."""
    _task(service, asked)
    return Answer(200, {})


def begin(service: Service, ask: dict[str, Any]) -> dict[str, Any]:
    """A task waits with this token."""
    lasts_s = float(ask.get("lasts_s", 86_400))
    service.tasks[ask["token"]] = Wait(path="", token=ask["token"], until=service.clock() + lasts_s)
    return {}


def _task(service: Service, asked: Asked) -> Wait:
    task = service.tasks.get(str(asked.body.get("taskToken")))
    if task is None:
        raise Refused(400, "InvalidToken")
    if task.state != "waiting" or (task.until or 0) <= service.clock():
        raise Refused(400, "TaskTimedOut")
    return task
