"""A check of Azure Pipelines that invokes a REST API and completes by callback.

Sources: Azure DevOps docs, "Invoke Azure Function and REST API checks" (asynchronous mode), REST "Events - Post Event".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.clients.errors import Refused

if TYPE_CHECKING:
    from integration.changes.gate.outbound import Outbound
    from integration.changes.gate.waiter import Answer, Waiter

SYSTEM = "azure"
VERSION = "7.1-preview.1"
_DONE = (404, 409, 410)
"""What it says of a plan that is over."""


class Azure:
    def __init__(self, out: Outbound) -> None:
        self._out = out

    def __call__(self, waiter: Waiter, said: Answer) -> str:
        """The check shows the result alone; who wants the reason follows the change's number in the run's log."""
        to = waiter.address
        url = (
            f"{to['plan_url']}/{to['project']}/_apis/distributedtask/hubs/{to['hub']}/plans/{to['plan']}"
            f"/events?api-version={VERSION}"
        )
        event = {
            "name": "TaskCompleted",
            "taskId": to["task"],
            "jobId": to["job"],
            "result": "succeeded" if said.approved else "failed",
        }
        headers = {"Authorization": f"Bearer {waiter.secret}", "Content-Type": "application/json"}
        reply = self._out.send(SYSTEM, "POST", url, headers, json.dumps(event).encode())
        if reply.ok:
            return DELIVERED
        if reply.status in _DONE:
            return GONE
        raise Refused(SYSTEM, f"status {reply.status}", text=f"Azure refused the answer (status {reply.status})")
