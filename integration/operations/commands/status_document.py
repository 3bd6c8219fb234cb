"""The content of `status` as one plain document. A part that cannot be read does not hide the others."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration import registry
from integration.clients.errors import RemoteError
from integration.clients.servicenow.table import Table
from integration.operations.cases.overview import brake, lag, link_rows, links, poll, waiting
from integration.operations.declaration import load
from integration.operations.deployment.cloudformation import Stacks, all_names
from integration.operations.deployment.metric_query import newest, query
from integration.operations.deployment.queues import Queues
from integration.operations.deployment.receivers import alarms
from integration.operations.registry import OPERATED
from integration.operations.terminal.output import command, many
from integration.reconcile.errors import EXPECTED
from servicenow_setup.actual import read
from servicenow_setup.apply import plan
from servicenow_setup.errors import Locked, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integration.operations.deployment.deployed import Deployed

FORESEEN = (RemoteError, *EXPECTED, SetupError)
SILENT_S = 600
"""A poll starts every minute."""
OLD = timedelta(minutes=15)
"""Longer than a message that was tried pauses on its first day, and a try: somebody should have had it."""
NO_ALARMS: dict[str, Any] = {"ringing": [], "receivers": []}
DAY = timedelta(days=1)


def status_of(deployed: Deployed, *, every_link: bool = False) -> dict[str, Any]:
    """Keys: deployment, stacks, alarms, queues, poll, events, lag, brake, waiting, links, rules, integrations,
    `attention`.
    """
    attention: list[str] = []

    def part(what: str, look: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return look()
        except FORESEEN as error:
            attention.append(f"{what} cannot be read: {error}")
            return otherwise

    found_links = part("the links", lambda: links(deployed), ([], 0))
    found = {
        "deployment": {
            "name": deployed.names.name or "default",
            "account": deployed.account.account_id,
            "region": deployed.account.region,
            "module": deployed.environment[n.ENV_MODULE],
            "webhook_url": deployed.environment[n.ENV_WEBHOOK_URL],
        },
        "stacks": part("the stacks", lambda: _stacks(deployed), []),
        "alarms": part("the alarms", lambda: asdict(alarms(deployed.account, deployed.names)), NO_ALARMS),
        "queues": part("the queues", lambda: _queues(deployed), []),
        "poll": part("the last poll", lambda: poll(deployed), {"last": None}),
        "events": part("the last event", lambda: _events(deployed), {"last": None}),
        "lag": part(
            "the lag", lambda: lag(deployed, found_links[0]), {"p50_s": None, "p95_s": None, "from": "nowhere"}
        ),
        "brake": part("the brake", lambda: brake(deployed), {"since": None, "held_since": None}),
        "waiting": part("what waits", lambda: [asdict(each) for each in waiting(deployed.table, time.time())], []),
        "links": link_rows(*found_links, every_link=every_link),
        "rules": part(
            "the rules", lambda: _rules(deployed), {"prefix": deployed.environment[n.ENV_RESOURCE_PREFIX], "rules": []}
        ),
    }
    found["integrations"] = part("the integrations", lambda: _integrations(deployed, attention), {})
    found["attention"] = attention + list(_attention(found, deployed.names.name))
    return found


def _integrations(deployed: Deployed, attention: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each that has an overview, by key; what wants looking at is added to `attention`."""
    said = {
        each.integration.key: load(each.overview)(deployed)
        for each in OPERATED
        if each.overview and each.integration in deployed.integrations
    }
    attention += [sentence for each in said.values() for sentence in each.attention]
    return {key: [dict(row) for row in each.rows] for key, each in said.items()}


def _stacks(deployed: Deployed) -> list[dict[str, Any]]:
    stacks = Stacks(deployed.account)
    found = [(name, stacks.get(name)) for name in all_names(deployed.names, deployed.integrations)]
    return [
        {"name": name, "status": stack.status if stack else "absent", "usable": bool(stack and stack.usable)}
        for name, stack in found
    ]


def _queues(deployed: Deployed) -> list[dict[str, Any]]:
    """Dead letters stand with the queue they were meant for."""
    queues, live = Queues(deployed.client("sqs")), registry.queues(deployed.names, deployed.integrations)
    ages = _ages(deployed, live)
    rows = []
    for dead in registry.dead_letter_queues(deployed.names, deployed.integrations):
        name = dead.removesuffix(n.DEAD_SUFFIX)
        depths = queues.depths(name) if name in live else {"waiting": 0, "in_flight": 0, "delayed": 0}
        rows.append({"name": name, **depths, "dead": queues.depths(dead)["waiting"], "oldest_s": ages.get(name)})
    return rows


def _ages(deployed: Deployed, queues: Sequence[str]) -> dict[str, float]:
    """How long the oldest message of a queue has been there, as CloudWatch last knew; without a figure left out."""
    wanted = [
        query(f"q{number}", "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum", 60)
        for number, queue in enumerate(queues)
    ]
    values = newest(deployed.client("cloudwatch"), wanted, OLD)
    return {queue: values[f"q{number}"] for number, queue in enumerate(queues) if f"q{number}" in values}


def _events(deployed: Deployed) -> dict[str, Any]:
    """When the instance last told us of a change; to the minute."""
    item = deployed.table.get(n.HEARD, n.HEARD_EVENT)
    return {"last": item["at"] if item else None}


def _rules(deployed: Deployed) -> dict[str, Any]:
    """Name, whether it is active, and what differs from what we set up."""
    table, settings = Table(deployed.connection.http), deployed.connection.setup
    try:
        changes = plan(table, settings)
    except Locked:
        return {"prefix": settings.prefix, "rules": []}
    remarks: dict[str, list[str]] = {}
    for kept in changes.kept:
        remarks.setdefault(kept.found.name, []).append(f"{kept.field} changed in the instance")
    for change in changes.writes:
        remarks.setdefault(change.name, []).append(f"{change.verb} is due")
    there = [found for found in read(table, settings).ours if found.table == "sys_script"]
    rules = [
        {"name": x.name, "active": x.values["active"] == "true", "remark": ", ".join(remarks.pop(x.name, []))}
        for x in there
    ]
    rules += [{"name": name, "active": False, "remark": ", ".join(said)} for name, said in remarks.items()]
    return {"prefix": settings.prefix, "rules": rules}


def _attention(found: dict[str, Any], name: str) -> list[str]:
    said = [f"stack {x['name']} is {x['status']}" for x in found["stacks"] if not x["usable"]]
    said += [f"alarm {name} rings: docs/operations.md" for name in found["alarms"]["ringing"]]
    said += [
        f"{each['address']} has not confirmed, so no alarm reaches it: {command('check', name, '--only aws')}"
        for each in found["alarms"]["receivers"]
        if not each["confirmed"]
    ]
    dead = sum(queue["dead"] for queue in found["queues"])
    if dead:
        said.append(f"{many(dead, 'dead letter')}: {command('replay', name)}")
    said += [
        f"events wait in {queue['name']} for {queue['oldest_s'] / 60:.0f} minutes: {command('check', name)}"
        for queue in found["queues"]
        if (queue["oldest_s"] or 0) > OLD.total_seconds()
    ]
    last = found["poll"]["last"]
    if last and time.time() - last > SILENT_S:
        said.append(f"no good poll for {(time.time() - last) / 60:.0f} minutes: {command('check', name)}")
    if found["brake"]["since"]:
        said.append(f"too many new cases in an hour, so none are made: {command('resume', name)}")
    elif found["brake"]["held_since"]:
        said.append(f"one opener has too many new cases in an hour, so theirs wait: {command('resume', name)}")
    errors = found["waiting"]
    if errors:
        last = f"{errors[0]['error']}: {errors[0]['said']}" if errors[0]["said"] else errors[0]["error"]
        said.append(f"{many(len(errors), 'record')} waiting with an error, the last {last}: {command('check', name)}")
    held = [row for row in found["links"]["listed"] if row["reasons"]]
    if held:
        said.append(f"{many(len(held), 'link')} held up: {command('replay', name)}")
    rules = [x for x in found["rules"]["rules"] if not x["active"] or "is due" in x["remark"]]
    if rules:
        said.append(f"{many(len(rules), 'record')} in ServiceNow not as wanted: {command('check', name)}")
    return said
