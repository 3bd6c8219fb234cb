"""Two hundred events for one link at once on the running system, half of them webhooks: one holder at a time.

Writes to the link's row go one after the other through the test, so that who holds the claim is known exactly; every
write to either system must come from that process.
"""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests

from tests.e2e.shift import written
from tests.proofs.kit.part import Figures
from tests.proofs.kit.plane.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws_plane.calls import Call
    from integration.aws_plane.faults import Fault
    from integration.aws_plane.gateway import Caller
    from integration.aws_plane.http_server import Request, Response
    from tests.e2e.shift import Pair
    from tests.proofs.kit.plane.stage import Stage
    from tests.proofs.kit.plane.traffic import Met

EVENTS = (10, 200)
WEBHOOKS_MOST = 80
"""API Gateway takes a hundred at once; what is announced beyond comes as the poller's events do."""
RUNS_AT_MOST = 20
"""Whatever the number of events: two functions with five processes each may have one run each, and a few follow."""
WRITES = re.compile(
    r"security-ir:(Create|Update|Close|Tag)|servicenow:(PATCH|POST /api/now/(table|attachment))|files:PUT"
)


@dataclass
class Claims:
    """`holder` is the process that has the claim on the link; `problems` what it did not hold for."""

    stage: Stage
    key: str
    holder: Any = None
    taken: int = 0
    writes: int = 0
    problems: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, call: Call, caller: Caller, request: Request) -> Response:
        """In place of moto: the same, one call after the other."""
        with self._lock:
            response = self.stage.plane.gateway.to_moto(request)
            if response.status == 200 and caller.environment is not None:
                for update in _updates(call):
                    if update.get("Key", {}).get("PK", {}).get("S") == self.key:
                        self._note(update, caller.environment())
        return response

    def _note(self, update: Mapping[str, Any], process: Any) -> None:
        setting, _, removing = update["UpdateExpression"].partition("REMOVE")
        names = {alias for alias, name in update.get("ExpressionAttributeNames", {}).items() if name == "owner"}
        if any(re.search(rf"{re.escape(alias)}\b", removing) for alias in names):
            self.holder = None
        elif any(re.search(rf"{re.escape(alias)}\s*=", setting) for alias in names):
            if self.holder is not None:
                self.problems.append("a claim was taken while another process held it")
            self.holder, self.taken = process, self.taken + 1

    def watch(self, met: Met) -> Fault | None:
        if WRITES.match(met.name):
            self.writes += 1
            if met.environment is not self.holder:
                self.problems.append(f"{met.name} by a process that does not hold the claim")
        return None


def _updates(call: Call) -> list[Mapping[str, Any]]:
    if call.operation == "UpdateItem":
        return [call.parameters]
    if call.operation == "TransactWriteItems":
        return [item["Update"] for item in call.parameters["TransactItems"] if "Update" in item]
    return []


def contend(stage: Stage, events: int) -> Figures:
    """Both sides edit; everybody is told of it so many times, from eight places at once."""
    pair = stage.opened()
    stage.quiet()
    claims, began = Claims(stage, f"Case#{pair.case_id}"), time.time()
    stage.plane.gateway.handlers["dynamodb:*"] = claims.answer
    stage.traffic.rules[:] = [claims.watch]
    with stage.held_back():
        _edit(stage, pair)
        _announce(stage, pair, events)
    stage.until(stage.empty_queues, seconds=300)
    stage.quiet(300)
    del stage.plane.gateway.handlers["dynamodb:*"]
    stage.traffic.rules.clear()
    return _figures(stage, pair, claims, began, events)


def _edit(stage: Stage, pair: Pair) -> None:
    stage.respond(pair.case_id, "fields", title="New from AWS")
    stage.respond(pair.case_id, "comment", body="Hello.")
    stage.edit(pair.sys_id, description="New from ServiceNow", work_notes="Hello too.")


def _announce(stage: Stage, pair: Pair, events: int) -> None:
    client = stage.plane.boto3_client("secretsmanager")
    secret = client.get_secret_value(SecretId=stage.names.webhook_secret)["SecretString"]
    headers = {"Authorization": f"Bearer {json.loads(secret)['token']}"}
    incident = stage.incident(pair.sys_id)
    detail = {
        "event_type": "IncidentUpdated", "incident_number": incident["number"], "sys_id": pair.sys_id,
        "table": stage.table, "sys_mod_count": str(incident["sys_mod_count"]),
    }  # fmt: skip

    def webhook() -> None:
        requests.post(stage.running.webhook_url, json=detail, headers=headers, timeout=60).raise_for_status()

    polled = partial(stage.look_at_incident, pair.sys_id)
    told = [webhook if number < WEBHOOKS_MOST else polled for number in range(events // 2)]
    told += [partial(stage.look_at_case, pair.case_id)] * (events - len(told))
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(tell) for tell in told]:
            done.result()


def _figures(stage: Stage, pair: Pair, claims: Claims, began: float, events: int) -> Figures:
    lines = [line for line in stage.passes_since(began) if line["case_id"] == pair.case_id]
    runs = sum(line["runs"] for line in lines)
    found = Figures(problems=[f"{events} events: {problem}" for problem in claims.problems])
    found.numbers[f"plane_runs_at_{events}_events"] = runs
    found.numbers[f"plane_messages_at_{events}_events"] = len(lines)
    copies = (written(stage.notes(pair), "Hello."), written(stage.comments(pair), "Hello too."))
    if copies != (1, 1):
        found.problems.append(f"{events} events: {copies} copies instead of one each")
    if not 0 < runs <= RUNS_AT_MOST:
        found.problems.append(f"{events} events: {runs} runs")
    if len(lines) < events or not claims.taken or not claims.writes:
        found.problems.append(f"{events} events: {len(lines)} messages, {claims.taken} claims, {claims.writes} writes")
    shown = stage.case(pair.case_id)["title"], stage.incident(pair.sys_id)["short_description"]
    if set(shown) != {"New from AWS"} or stage.case(pair.case_id)["description"] != "New from ServiceNow":
        found.problems.append(f"{events} events: not in step")
    if stage.dead() or stage.claims():
        found.problems.append(f"{events} events: dead letters {stage.dead()}, {stage.claims()} claims left")
    return found


def run(quick: bool, show: Callable[[str], None]) -> Figures:
    """Quick: forty in place of two hundred."""
    total = Figures()
    with staged("itsm") as stage:
        stage.still_clock()
        for events in (EVENTS[0], 40 if quick else EVENTS[1]):
            show(f"{events} events at once")
            total.add(contend(stage, events))
    return total
