"""Azure Pipelines: the event by which a check completes.

Sources: Azure DevOps docs, "Invoke Azure Function and REST API checks" (headers, callback, token of 48 hours), REST
"Events - Post Event" (200).
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from .exchange import Answer, Refused
from .service import Wait

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Service

TOKEN_S = 48 * 3600


def complete(service: Service, asked: Asked) -> Answer:
    """POST /{organization}/{project}/_apis/distributedtask/hubs/{hub}/plans/{plan}/events."""
    plan = service.plans.get(asked.path["plan"])
    if plan is None or plan.token != asked.bearer or (plan.until or 0) <= service.clock():
        raise Refused(401, "TF400813: The user is not authorized to access this resource.")
    result = asked.body.get("result")
    if asked.body.get("name") != "TaskCompleted" or result not in ("succeeded", "failed"):
        raise Refused(400, "The event is not valid")
    if plan.state != "waiting":
        raise Refused(service.switches.azure_done_status, "The plan is over")
    service.answered(plan, result, asked.body)
    return Answer(200, asked.body)


def check(service: Service, ask: dict[str, Any], base_url: str) -> dict[str, str]:
    """Headers of a check that begins to wait."""
    plan, token = str(uuid.uuid4()), secrets.token_urlsafe(32)
    service.plans[plan] = Wait(path=plan, token=token, until=service.clock() + TOKEN_S)
    return {
        "PlanUrl": f"{base_url}/{ask.get('organization', 'acme')}/",
        "ProjectId": str(uuid.uuid4()),
        "HubName": "checks",
        "PlanId": plan,
        "JobId": str(uuid.uuid4()),
        "TaskInstanceId": str(uuid.uuid4()),
        "TimelineId": str(uuid.uuid4()),
        "AuthToken": token,
    }
