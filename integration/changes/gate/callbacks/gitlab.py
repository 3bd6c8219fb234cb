"""A blocked deployment of GitLab: approved or rejected, and its job then started, since approval alone starts nothing.

Sources: GitLab docs, "Deployments API", "Deployment approvals" (after approval the job must be run), "Jobs API".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.clients.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.changes.gate.hook_secrets import HookSecrets
    from integration.changes.gate.outbound import Outbound, Reply
    from integration.changes.gate.waiter import Answer, Waiter

SYSTEM = "gitlab"
COMMENT_MOST = 1000
WAITS = frozenset({"manual", "created", "blocked", "scheduled", "waiting_for_resource", "preparing"})
"""States of a job that has not begun and is not over."""


class GitLab:
    def __init__(self, out: Outbound, secrets: HookSecrets) -> None:
        self._out, self._secrets = out, secrets

    def __call__(self, waiter: Waiter, said: Answer) -> str:
        project = f"{waiter.address['server']}/api/v4/projects/{waiter.address['project']}"
        job = f"{project}/jobs/{waiter.address['job']}"
        decision = {"status": said.word, "comment": said.told(COMMENT_MOST)}
        decided = self._send("POST", f"{project}/deployments/{waiter.address['deployment']}/approval", decision)
        if not said.approved and decided.ok:
            return DELIVERED
        if said.approved and self._send("POST", f"{job}/play", {}).ok:
            return DELIVERED
        return self._gone(job, decided)

    def _gone(self, job: str, decided: Reply) -> str:
        """A job that runs, ended or was removed waits for nothing; only where it waits a refusal is one."""
        found = self._send("GET", job, None)
        if found.ok and _parsed(found).get("status") in WAITS:
            raise Refused(SYSTEM, "refused", text=f"GitLab refused the answer (status {decided.status})")
        return GONE

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> Reply:
        headers = {"PRIVATE-TOKEN": self._secrets.of("gitlab", "token"), "Content-Type": "application/json"}
        return self._out.send(SYSTEM, method, url, headers, None if body is None else json.dumps(body).encode())


def _parsed(reply: Reply) -> dict[str, Any]:
    try:
        parsed = json.loads(reply.body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Unavailable(SYSTEM, "the answer is no JSON object")
    return parsed
