"""`backfill`: links what existed before the installation, at a bounded rate and behind live edits."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from integration import constants
from integration import names as n
from integration.cases.declaration import CASES
from integration.clients.servicenow.query import BadFilter, Query
from integration.clients.servicenow.table import Table
from integration.operations.cases.overview import cases_of, links_of
from integration.operations.cases.plan_tables import show_plans
from integration.operations.deployment.account import open_account
from integration.operations.deployment.deployed import find
from integration.operations.deployment.queues import Queues
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE, Output, many

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.operations.deployment.deployed import Deployed
    from integration.operations.terminal.output import Tick

LONGEST_DELAY_S = 900
"""SQS keeps a message back for no longer, so what comes later is sent later."""
MOST_INCIDENTS = 10_000


@click.command()
@click.option("--cases", "cases", is_flag=True, help="Open cases that have no incident yet.")
@click.option(
    "--incidents",
    "query",
    metavar="QUERY",
    help="Incidents that match this encoded query and have no case yet, e.g. 'active=true^category=security'.",
)
@click.option("--rate", type=click.IntRange(1, 600), default=60, show_default=True, help="Records a minute, at most.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    help="At most so many now.  [default: all cases; of incidents, as many as may become cases in an hour]",
)
@click.option("--dry-run", is_flag=True, help="Count, show what passes would do, and send nothing.")
@options.deployment
@options.yes
@options.as_json
def backfill(
    cases: bool, query: str | None, rate: int, limit: int | None, dry_run: bool, yes: bool, as_json: bool, **where: Any
) -> None:
    """Bring in what was opened before the installation. Records already linked are left out, so it can be repeated.

    \b
    Examples:
      ./deploy_integrations_solution.py backfill --cases
      ./deploy_integrations_solution.py backfill --incidents 'active=true^priorityIN1,2' --limit 20 --dry-run
    """
    if not cases and not query:
        raise click.UsageError("Say what: --cases, --incidents QUERY, or both.")
    output = Output(quiet=as_json)
    deployed = find(open_account(where["profile"], where["region"]), where["names"], CASES)
    with output.step("look for what is not linked"):
        found = [*(_cases(deployed) if cases else []), *(_incidents(deployed, query) if query else [])]
    chosen = _limited(found, limit, deployed)
    for kind in ("case", "incident"):
        number = sum(one.kind == kind for one in found)
        output.result(f"{many(number, kind)} not linked; to be sent now: {sum(one.kind == kind for one in chosen)}.")
    sent = 0
    if dry_run:
        show_plans(output, deployed, [one.key for one in chosen], forced=True)
    elif chosen:
        output.sure_if_asked("Send them?", yes=yes)
        with output.step("send") as tick:
            put = partial(Queues(deployed.client("sqs")).send, deployed.names.backfill_queue)
            sent = send(put, deployed.forced, chosen, rate, tick)
    if len(chosen) < len(found) and not dry_run:
        output.result(f"{len(found) - len(chosen)} remain: wait an hour, then the same command again.")
    if as_json:
        output.document({"found": len(found), "chosen": [one.key for one in chosen], "sent": sent})


@dataclass(frozen=True)
class Unlinked:
    """`kind` is case or incident, `key` its case id or sys_id."""

    kind: str
    key: str
    table: str = ""

    def event(self, at: datetime, forced: str) -> str:
        """As EventBridge would deliver it at that time: lag is counted from there. `forced`: the operator's mark."""
        case = self.kind == "case"
        detail: dict[str, Any] = {"caseId": self.key} if case else {"sys_id": self.key, "table": self.table}
        return json.dumps({
            "version": "0",
            "id": str(uuid.uuid4()),
            "source": n.SOURCE_CASES if case else n.SOURCE_INCIDENTS,
            "detail-type": n.CASE_UPDATED if case else n.INCIDENT_UPDATED,
            "time": at.isoformat(timespec="seconds"),
            "detail": detail | {"forced": forced},
        })  # fmt: skip


def _cases(deployed: Deployed) -> list[Unlinked]:
    listed = [case for case in deployed.cases.security_ir.cases() if case.get("caseStatus") != "Closed"]
    ids = [str(case["caseId"]) for case in listed]
    linked = {link.case_id for link in links_of(deployed.table, ids).values() if link.sys_id}
    return [Unlinked("case", case_id) for case_id in ids if case_id not in linked]


def _incidents(deployed: Deployed, query: str) -> list[Unlinked]:
    table = deployed.cases.rules.table
    try:
        asked = Query().filtered_by(query).order_by("sys_created_on")
    except BadFilter as error:
        raise Failure(f"--incidents: {error}.", "Copy the query from a list in ServiceNow.", USAGE) from None
    rows = Table(deployed.connection.http).query(table, asked, ["sys_created_on", "correlation_id"], MOST_INCIDENTS)
    found = [record.sys_id for record in rows if record.get("correlation_id", "") != n.PROBE_MARK]
    linked = cases_of(deployed.table, found)
    return [Unlinked("incident", sys_id, table) for sys_id in found if sys_id not in linked]


def _limited(found: Sequence[Unlinked], limit: int | None, deployed: Deployed) -> list[Unlinked]:
    """More incidents than may become cases in an hour would put the brake on."""
    hourly = int(deployed.connection.values.get("new_cases_per_hour") or constants.NEW_CASES_PER_HOUR)
    cases = [one for one in found if one.kind == "case"]
    incidents = [one for one in found if one.kind == "incident"]
    return [*cases, *incidents[:hourly]][:limit]


def send(
    put: Callable[[str, int], None], forced: Callable[[str], str], chosen: Sequence[Unlinked], rate: int, tick: Tick,
    sleep: Callable[[float], None] = time.sleep,
) -> int:  # fmt: skip
    """Spread over time by the queue's delay, beyond that by waiting. How many were sent.

    `put` takes a message and its delay in seconds; `forced` makes the operator's mark for an id.
    """
    slept_s = 0.0
    for place, one in enumerate(chosen):
        due_s = place * 60 / rate
        if due_s - slept_s > LONGEST_DELAY_S:
            sleep(due_s - slept_s - LONGEST_DELAY_S)
            slept_s = due_s - LONGEST_DELAY_S
        delay_s = int(due_s - slept_s)
        at = datetime.now(UTC) + timedelta(seconds=delay_s)
        put(one.event(at, forced(one.key)), delay_s)
        tick(one.kind, place + 1, len(chosen))
    return len(chosen)
