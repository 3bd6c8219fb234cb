"""Checks that an event arrives: the probe writes a record, and the webhook must hear of it within a minute.

Rule → REST message and credential → network → authorizer → receiver, which stores the moment. What is silent is told by
the first link that can be seen to be missing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.connection.authorizer import TOLD_EVERY_S
from integration.operations.checking.verdict import Verdict, fail, ok, skip
from integration.operations.deployment.deployed import deploying
from integration.operations.terminal.output import command
from servicenow_setup.apply import plan
from servicenow_setup.cases import PROBED_BY
from servicenow_setup.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.operations.deployment.deployed import Deployed
    from servicenow_setup.changes import Changes

SUBJECT = "event"
PATIENCE_S, PAUSE_S = 60.0, 1.0
UNKNOWN_TOKEN = "a webhook call with an unknown token"  # noqa: S105 - what the authorizer logs
_STATUS = re.compile(r"AWS answered with status (\d{3})")
_SEE_LOGS = "System Logs > Outbound HTTP Requests and System Log of the instance"


@dataclass
class Listening:
    """Made before anything is written: what the receiver had heard until then is remembered."""

    deployed: Deployed
    before: Mapping[str, Any] | None = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        """Raises `RemoteError`."""
        self.before, self.began = self._last(), time.time()

    def obstacle(self) -> Verdict | None:
        """Why nothing can be heard, as the instance shows the rule; None: nothing is in the way, or nothing shows."""
        try:
            changes = plan(Table(self.deployed.connection.http), self.deployed.connection.setup)
        except (SetupError, RemoteError):
            return None  # told by the comparison of the records
        return in_the_way(changes, self.deployed)

    def heard(self, sys_id: str) -> Verdict:
        """Waits. Raises `RemoteError` where the table cannot be read."""
        started, until = time.monotonic(), time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            last = self._last()
            if last and last.get("sys_id") == sys_id and last != self.before:
                return self._arrived(last, time.monotonic() - started)
            time.sleep(PAUSE_S)
        said, again = self._said_by_rule(sys_id), deploying(self.deployed)
        return silence(said, again, unknown_token=self._unknown_token(), deployment=self.deployed.names.name)

    def _last(self) -> Mapping[str, Any] | None:
        return self.deployed.table.get(n.HEARD, n.HEARD_PROBE)

    def _arrived(self, last: Mapping[str, Any], seconds: float) -> Verdict:
        if not last["foreign"]:
            return ok(SUBJECT, f"came in from the instance within {max(1, round(seconds))} s")
        told = f"the event came and is ignored, since the instance calls itself {last.get('instance_name')!r}"
        return fail(SUBJECT, told, deploying(self.deployed, "… (as before) learns the name anew"))

    def _said_by_rule(self, sys_id: str) -> str:
        """What our rule logged of this event; empty where the log is closed to us, as it mostly is."""
        since = datetime.fromtimestamp(self.began, UTC) - timedelta(minutes=1)
        asked = Query().at_least("sys_created_on", since).filtered_by(f"messageLIKE{n.INCIDENT_PROBE} of {sys_id}")
        try:
            found, _ = Table(self.deployed.connection.http).first_page(
                "syslog", asked, ["message", "sys_created_on"], 1
            )
        except RemoteError:
            return ""
        return found[0].get("message", "") if found else ""

    def _unknown_token(self) -> bool:
        """Whether the authorizer met a wrong token meanwhile, or in the minute before, for which it stays silent.

        No right to read its log is no answer.
        """
        since = int((self.began - TOLD_EVERY_S) * 1000)
        group = f"/aws/lambda/{self.deployed.names.authorizer}"
        asked = {"logGroupName": group, "startTime": since, "filterPattern": f'"{UNKNOWN_TOKEN}"'}
        try:
            return bool(self.deployed.client("logs").filter_log_events(**asked)["events"])
        except (ClientError, BotoCoreError):
            return False


def listening(deployed: Deployed) -> Listening | Verdict:
    """Ready to hear; a verdict where that is of no use."""
    try:
        made = Listening(deployed)
    except RemoteError as error:
        return fail(SUBJECT, str(error), "Allow dynamodb:GetItem on the table.")
    return made.obstacle() or made


def in_the_way(changes: Changes, deployed: Deployed) -> Verdict | None:
    """Pure. The rule that tells of incidents: missing, switched off, or narrowed by somebody."""
    kind = f"rule/{PROBED_BY}/{deployed.connection.setup.table}"
    if any(change.kind == kind and change.verb == "create" for change in changes.writes):
        told = "the business rule that tells of incidents is not in the instance"
        return fail(SUBJECT, told, deploying(deployed, "… (as before), or import the update set"))
    if kind not in changes.places:
        return skip(SUBJECT, "cases are not deployed, so no rule of ours tells of the incident that is tried")
    kept = {each.field: each for each in changes.kept if each.found.kind == kind}
    if "active" in kept:
        told = f"the business rule {kept['active'].found.name!r} was switched off in the instance"
        return fail(SUBJECT, told, f"Activate it, or {deploying(deployed, '… --restore-rules')}")
    if "filter_condition" in kept:
        told = (
            f"the filter of {kept['filter_condition'].found.name!r} was changed in the instance, so it cannot be asked"
        )
        return skip(SUBJECT, f"{told}: change an incident that fits it, then see the last event in `status`")
    return None


def silence(said: str, again: str, *, unknown_token: bool, deployment: str = "") -> Verdict:
    """Pure. `said`: our rule's own line in the instance's log; `again`: the command that deploys this again."""
    status = _STATUS.search(said)
    if unknown_token or (status and status[1] in ("401", "403")):
        told = f"the webhook refused the instance's call ({status[1] if status else 401})"
        fix = f"{command('rotate', deployment)} hands the token over anew; with --allowed-ips see its addresses."
        return fail(SUBJECT, told, fix)
    if status:
        fix = "See the alarm WebhookFailed in docs/operations.md."
        return fail(SUBJECT, f"the webhook answered the instance with {status[1]}", fix)
    if "is missing" in said and "credential" in said:
        told = "the rule runs and finds no credential"
        return fail(SUBJECT, told, again)
    if said:
        reason = said.partition("was not delivered: ")[2].partition(". The next sweep")[0][:200]
        told = f"the rule runs and cannot reach the webhook: {reason}"
        return fail(
            SUBJECT, told, f"Let the instance call the webhook's address (proxy, DNS, allow-list): {_SEE_LOGS}."
        )
    told = f"no call of the instance arrived within {PATIENCE_S:.0f} s, and its log is closed to this user"
    fix = f"An administrator finds the reason in {_SEE_LOGS}: a proxy, an allow-list, a REST message that was deleted."
    return fail(SUBJECT, told, fix)
