"""A blocked deployment of GitLab: approved or rejected, and its job then started, since approval alone starts nothing.

Sources: GitLab docs, "Deployments API" (list, approve or reject), "Deployment approvals" (after approval the job must
be run), "Jobs API" (play).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from integration.changes.gate.callbacks import DELIVERED, GONE
from integration.clients.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.changes.gate.hook_secrets import HookSecrets
    from integration.changes.gate.outbound import Outbound, Reply
    from integration.changes.gate.waiter import Answer, Waiter

SYSTEM = "gitlab"
COMMENT_MOST = 1000
BLOCKED, LET_GO = "blocked", "created"
"""States of a deployment: it waits for a decision; it was approved, and its job waits to be started."""
NEWEST = 50


class GitLab:
    """The deployment is looked for by pipeline and environment: who asks knows no number of the job that deploys."""

    def __init__(self, out: Outbound, secrets: HookSecrets) -> None:
        self._out, self._secrets = out, secrets

    def __call__(self, waiter: Waiter, said: Answer) -> str:
        project = f"{waiter.address['server']}/api/v4/projects/{waiter.address['project']}"
        found = self._waiting(project, waiter)
        if found is None:
            return GONE
        if found["status"] == BLOCKED:
            decision = {"status": said.word, "comment": said.told(COMMENT_MOST)}
            _taken(self._send("POST", f"{project}/deployments/{found['id']}/approval", decision))
        elif not said.approved:
            return GONE
        if said.approved:
            _taken(self._send("POST", f"{project}/jobs/{found['deployable']['id']}/play", {}))
        return DELIVERED

    def _waiting(self, project: str, waiter: Waiter) -> dict[str, Any] | None:
        """None: of this pipeline nothing waits any more."""
        query = urlencode({
            "environment": waiter.address["environment"], "order_by": "id", "sort": "desc", "per_page": NEWEST,
        })  # fmt: skip
        reply = self._send("GET", f"{project}/deployments?{query}", None)
        _taken(reply)
        ours = [each for each in _listed(reply) if _pipeline(each) == waiter.address["pipeline"]]
        return next((each for each in ours if each.get("status") in (BLOCKED, LET_GO)), None)

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> Reply:
        headers = {"PRIVATE-TOKEN": self._secrets.of("gitlab", "token"), "Content-Type": "application/json"}
        return self._out.send(SYSTEM, method, url, headers, None if body is None else json.dumps(body).encode())


def _taken(reply: Reply) -> None:
    if not reply.ok:
        raise Refused(SYSTEM, "refused", text=f"GitLab refused the answer (status {reply.status})")


def _listed(reply: Reply) -> list[dict[str, Any]]:
    try:
        listed = json.loads(reply.body)
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise Unavailable(SYSTEM, "the answer is no JSON list")
    return [each for each in listed if isinstance(each, dict) and isinstance(each.get("deployable"), dict)]


def _pipeline(deployment: dict[str, Any]) -> str:
    return str((deployment["deployable"].get("pipeline") or {}).get("id") or "")
